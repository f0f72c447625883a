using Apache.Arrow;
using Features.Iceberg.Manifests;
using Features.Iceberg.Spec;
using Schema = Features.Iceberg.Spec.Schema;

namespace Features.Iceberg.DataFiles;

/// <summary>Cuts batches where the partition changes.</summary>
internal sealed class PartitionRuns
{
    private readonly (Transform Transform, FieldPath? Path)[] fields;

    /// <exception cref="UnsupportedFeatureException">A field's transform is unknown, or its column lies within a list or map.</exception>
    /// <exception cref="InvalidTableArgumentException">A field's column is not in the schema.</exception>
    public PartitionRuns(PartitionSpec spec, Schema schema)
    {
        fields = [.. spec.Fields.Select(f => (f.Transform, PathOf(f, schema)))];
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

        var sources = System.Array.ConvertAll(fields, f => new Source(f.Transform, f.Path, batch));
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

    private static FieldPath? PathOf(PartitionField field, Schema schema)
    {
        // A void field is null whatever its column holds, and outlives it.
        if (field.Transform.Kind == TransformKind.Void)
        {
            return null;
        }

        if (schema.FindNested(field.SourceId) is null)
        {
            throw new InvalidTableArgumentException($"partition field '{field.Name}' is of a column that the table no longer has; remove the field from the partition spec");
        }

        return FieldPath.Find(schema.Fields, field.SourceId)
            ?? throw new UnsupportedFeatureException($"partition field '{field.Name}' of a column within a list or map", "partition spec", "partition by a column that has one value a row");
    }

    private sealed class Source(Transform transform, FieldPath? path, RecordBatch batch)
    {
        private readonly IArrowArray[] columns = path?.Arrays(batch) ?? [];
        private bool hasValue;
        private object? value;

        public object? Result { get; private set; }

        /// <summary>True if the transformed value may have changed.</summary>
        public bool MoveTo(int row)
        {
            var next = path?.At(columns, row);
            if (hasValue && PartitionKey.AreEqual(next, value))
            {
                return false;
            }

            (hasValue, value) = (true, next);
            var result = path is null ? null : transform.Apply(next, (PrimitiveType)path.Column.Type);
            var changed = !PartitionKey.AreEqual(result, Result);
            Result = result;
            return changed || row == 0;
        }
    }
}
