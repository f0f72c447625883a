using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles;

/// <summary>The folder that a partition's files go to, <c>name=value/…</c>, each part percent-encoded and cut to what file systems take. For people: readers never parse it.</summary>
internal static class PartitionPath
{
    // Most file systems take names of 255 bytes.
    private const int MostCharacters = 200;

    /// <summary>Empty for an unpartitioned spec.</summary>
    public static string Of(PartitionSpec spec, Schema schema, IReadOnlyList<object?> values) => string.Join('/', spec.Fields.Select((f, i) =>
        Cut(string.Create(CultureInfo.InvariantCulture, $"{Uri.EscapeDataString(f.Name)}={Uri.EscapeDataString(f.Transform.ToHumanString(values[i], schema.FindNested(f.SourceId)?.Type as PrimitiveType ?? new PrimitiveType(PrimitiveKind.Unknown)))}"))));

    /// <summary>A part as long as file systems take, not cut within an escape.</summary>
    public static string Cut(string part) => part.Length <= MostCharacters ? part : part[..(part.LastIndexOf('%', MostCharacters - 1) is var at && at > MostCharacters - 3 ? at : MostCharacters)];
}
