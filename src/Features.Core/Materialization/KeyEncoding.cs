using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.PointInTime;

namespace Features.Core.Materialization;

/// <summary>The keys of rows as <c>Core.Online</c> stores them. The one place here that knows how they are encoded.</summary>
internal sealed class KeyEncoding(Entity entity)
{
    /// <summary>The key of each row; null for a row that has none (a null or a NaN in it).</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>?> Of(RecordBatch batch)
    {
        var columns = entity.Keys.Select(k => batch.Column(k.Name)).ToList();
        var families = columns.Select((c, i) => KeyFamilies.Of(c.Data.DataType)
            ?? throw new MaterializationException("key-type", $"the key '{entity.Keys[i].Name}' of entity '{entity.Name}' is of type {FeatureTypes.Name(c.Data.DataType)}, which cannot be a key; cast it to {entity.Keys[i].Type}")).ToList();
        var reader = new KeyReader(families, new ByteDictionary());
        var ids = new int[batch.Length];
        reader.Read(columns, ids, add: true);
        var keys = Enumerable.Range(0, reader.Keys.Count).Select(i => (ReadOnlyMemory<byte>?)reader.Keys[i].ToArray()).ToList();
        return [.. ids.Select(id => id < 0 ? null : keys[id])];
    }
}
