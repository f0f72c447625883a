using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles;

/// <summary>The folder that a partition's files go to, <c>name=value/…</c>, each part percent-encoded. For people: readers never parse it.</summary>
internal static class PartitionPath
{
    /// <summary>Empty for an unpartitioned spec.</summary>
    public static string Of(PartitionSpec spec, Schema schema, IReadOnlyList<object?> values) => string.Join('/', spec.Fields.Select((f, i) =>
        string.Create(CultureInfo.InvariantCulture, $"{Uri.EscapeDataString(f.Name)}={Uri.EscapeDataString(f.Transform.ToHumanString(values[i], schema.FindNested(f.SourceId)?.Type as PrimitiveType ?? new PrimitiveType(PrimitiveKind.Unknown)))}")));
}
