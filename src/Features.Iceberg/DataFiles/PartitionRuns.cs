using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>Cuts batches where the partition changes.</summary>
internal sealed class PartitionRuns
{
    private readonly (Transform Transform, PrimitiveType Source, int[] Path)[] fields;

    public PartitionRuns(PartitionSpec spec, Schema schema)
    {
        fields = [.. spec.Fields.Select(f => (f.Transform, (PrimitiveType)schema.FindNested(f.SourceId)!.Type, PathTo(f.SourceId, schema.Fields)
            ?? throw new UnsupportedFeatureException($"partition field '{f.Name}' of a column within a list or map", "partition spec", "partition by a column that has one value a row")))];
    }

    /// <summary>Half-open row ranges of equal partition values, in order; the batch's columns are the schema's.</summary>
    public IEnumerable<(PartitionKey Partition, int Start, int End)> Of(RecordBatch batch)
    {
        if (fields.Length == 0)
        {
            if (batch.Length > 0)
            {
                yield return (PartitionKey.Of([]), 0, batch.Length);
            }

            yield break;
        }

        var sources = System.Array.ConvertAll(fields, f => new Source(f.Transform, f.Source, Columns(batch, f.Path)));
        var start = 0;
        PartitionKey? current = null;
        for (var row = 0; row < batch.Length; row++)
        {
            // Clustered rows mostly repeat; only a change in some field makes a new key.
            var changed = false;
            foreach (var source in sources)
            {
                changed |= source.MoveTo(row);
            }

            if (!changed && current is not null)
            {
                continue;
            }

            var next = PartitionKey.Of(System.Array.ConvertAll(sources, s => s.Result));
            if (current is not null && !current.Equals(next))
            {
                yield return (current, start, row);
                start = row;
            }

            current = next;
        }

        if (current is not null)
        {
            yield return (current, start, batch.Length);
        }
    }

    private static int[]? PathTo(int id, IReadOnlyList<NestedField> within)
    {
        for (var i = 0; i < within.Count; i++)
        {
            if (within[i].Id == id)
            {
                return [i];
            }

            if (within[i].Type is StructType s && PathTo(id, s.Fields) is { } rest)
            {
                return [i, .. rest];
            }
        }

        return null;
    }

    // The structs on the way and then the column: a value within a null struct is null.
    private static IArrowArray[] Columns(RecordBatch batch, int[] path)
    {
        var columns = new IArrowArray[path.Length];
        columns[0] = batch.Column(path[0]);
        for (var i = 1; i < path.Length; i++)
        {
            columns[i] = ((StructArray)columns[i - 1]).Fields[path[i]];
        }

        return columns;
    }

    private sealed class Source(Transform transform, PrimitiveType type, IArrowArray[] columns)
    {
        private bool hasValue;
        private object? value;

        public object? Result { get; private set; }

        /// <summary>True if the transformed value may have changed.</summary>
        public bool MoveTo(int row)
        {
            object? next = null;
            if (!columns.Any(c => c.IsNull(row)))
            {
                next = ArrowValues.At(columns[^1], row, type);
            }

            if (hasValue && Equals(next, value))
            {
                return false;
            }

            (hasValue, value) = (true, next);
            var result = transform.Apply(next, type);
            var changed = !Equals(result, Result);
            Result = result;
            return changed || row == 0;
        }
    }
}
