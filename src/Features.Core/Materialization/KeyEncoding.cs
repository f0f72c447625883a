using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Online;

namespace Features.Core.Materialization;

/// <summary>The keys of rows as <c>Core.Online</c> stores them. The one place here that knows how they are encoded.</summary>
internal sealed class KeyEncoding(Entity entity)
{
    /// <summary>The key of each row; null for a row that has none (a null or a NaN in it).</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>?> Of(RecordBatch batch) => OnlineKeys.Encode(entity, batch);
}
