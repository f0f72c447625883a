namespace Features.Iceberg.Spec;

/// <summary>One partition field: <paramref name="Transform"/> of the source column, under a name and field id (from 1000) of its own.</summary>
public sealed record PartitionField(int SourceId, int FieldId, string Name, Transform Transform);

/// <summary>How a table's rows are partitioned; empty for an unpartitioned table.</summary>
public sealed record PartitionSpec(int SpecId, IReadOnlyList<PartitionField> Fields)
{
    /// <summary>The unpartitioned spec.</summary>
    public static PartitionSpec Unpartitioned { get; } = new(0, []);

    /// <summary>The struct of partition values: one optional field a partition field, under its id and name. A source column that <paramref name="schema"/> lacks gives type unknown.</summary>
    /// <exception cref="InvalidTableArgumentException">A transform does not take its column's type.</exception>
    public StructType PartitionType(Schema schema) => PartitionType(schema.FindNested);

    internal StructType PartitionType(Func<int, NestedField?> sourceOf) => new(
        [.. Fields.Select(f => new NestedField(
            f.FieldId, f.Name, sourceOf(f.SourceId) is { } source ? f.Transform.ResultType(source.Type) : new PrimitiveType(PrimitiveKind.Unknown), Required: false))]);

    /// <summary>The partition's part of a data file's path, <c>day=2001-01-01/origin=SFO</c>, url-encoded; empty for an unpartitioned spec.</summary>
    /// <param name="partition">The transformed values, in the order of the fields.</param>
    /// <param name="schema">A schema that has the source columns.</param>
    public string ToPath(IReadOnlyList<object?> partition, Schema schema) => string.Join('/', Fields.Zip(partition, (field, value) =>
    {
        var source = schema.FindNested(field.SourceId)?.Type as PrimitiveType ?? new PrimitiveType(PrimitiveKind.Unknown);
        return DataFiles.PartitionPath.Cut($"{Encode(field.Name)}={Encode(field.Transform.ToHumanString(value, source))}");
    }));

    // Form encoding, as other writers name their folders; a lone dot would be a folder of its own.
    private static string Encode(string text) => System.Net.WebUtility.UrlEncode(text);
}
