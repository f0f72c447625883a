using System.Runtime.CompilerServices;
using Features.Iceberg.Spec;

namespace Features.Iceberg.MetadataTables;

/// <summary>
/// The columns of a metadata table and its rows. A row has a value a column, as <see cref="SingleValue"/> represents primitives; a struct is <c>object?[]</c> in the order of its fields, a list
/// <c>IReadOnlyList&lt;object?&gt;</c>, a map <c>IReadOnlyList&lt;KeyValuePair&lt;object, object?&gt;&gt;</c>.
/// </summary>
internal sealed record MetadataRows(Schema Schema, Func<CancellationToken, IAsyncEnumerable<object?[]>> Read)
{
    /// <summary>A table whose rows are all in the metadata file.</summary>
    public static MetadataRows Of(IReadOnlyList<NestedField> fields, Func<IEnumerable<object?[]>> rows) => new(new Schema(0, fields, []), token => InMemory(rows(), token));

    private static async IAsyncEnumerable<object?[]> InMemory(IEnumerable<object?[]> rows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        foreach (var row in rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return row;
        }
    }
}
