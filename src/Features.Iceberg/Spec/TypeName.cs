using System.Globalization;
using System.Text.RegularExpressions;

namespace Features.Iceberg.Spec;

/// <summary>Names of primitive types, both ways (Appendix C).</summary>
internal static partial class TypeName
{
    private static readonly Dictionary<string, PrimitiveKind> Simple = new()
    {
        ["boolean"] = PrimitiveKind.Boolean,
        ["int"] = PrimitiveKind.Int,
        ["long"] = PrimitiveKind.Long,
        ["float"] = PrimitiveKind.Float,
        ["double"] = PrimitiveKind.Double,
        ["date"] = PrimitiveKind.Date,
        ["time"] = PrimitiveKind.Time,
        ["timestamp"] = PrimitiveKind.Timestamp,
        ["timestamptz"] = PrimitiveKind.TimestampTz,
        ["timestamp_ns"] = PrimitiveKind.TimestampNs,
        ["timestamptz_ns"] = PrimitiveKind.TimestampTzNs,
        ["string"] = PrimitiveKind.String,
        ["uuid"] = PrimitiveKind.Uuid,
        ["binary"] = PrimitiveKind.Binary,
        ["unknown"] = PrimitiveKind.Unknown,
        ["variant"] = PrimitiveKind.Variant,
        ["geometry"] = PrimitiveKind.Geometry,
        ["geography"] = PrimitiveKind.Geography,
    };

    private static readonly Dictionary<PrimitiveKind, string> ByKind = Simple.ToDictionary(p => p.Value, p => p.Key);

    /// <summary>Reads a name; null if it is none.</summary>
    public static PrimitiveType? TryParse(string text)
    {
        if (Simple.TryGetValue(text.ToLowerInvariant(), out var kind))
        {
            return new PrimitiveType(kind);
        }

        var match = Parameterised().Match(text);
        var arguments = match.Groups["arguments"].Value.Trim();
        return (match.Groups["name"].Value.ToLowerInvariant(), match.Groups["open"].Value) switch
        {
            ("decimal", "(") when arguments.Split(',') is [var p, var s] && Number(p) is { } precision and >= 1 and <= 38 && Number(s) is { } scale && scale <= precision =>
                new PrimitiveType(PrimitiveKind.Decimal, Precision: precision, Scale: scale),
            ("fixed", "[") when Number(arguments) is { } length => new PrimitiveType(PrimitiveKind.Fixed, Length: length),
            ("geometry", "(") when arguments.Length > 0 => new PrimitiveType(PrimitiveKind.Geometry, Parameters: arguments),
            ("geography", "(") when arguments.Length > 0 => new PrimitiveType(PrimitiveKind.Geography, Parameters: arguments),
            _ => null,
        };
    }

    /// <summary>The name of a type; nested ones in the notation of the specification's text.</summary>
    public static string Of(IcebergType type) => type switch
    {
        PrimitiveType { Kind: PrimitiveKind.Decimal } p => string.Create(CultureInfo.InvariantCulture, $"decimal({p.Precision}, {p.Scale})"),
        PrimitiveType { Kind: PrimitiveKind.Fixed } p => string.Create(CultureInfo.InvariantCulture, $"fixed[{p.Length}]"),
        PrimitiveType { Parameters: { } parameters } p => $"{ByKind[p.Kind]}({parameters})",
        PrimitiveType p => ByKind[p.Kind],
        ListType l => $"list<{Of(l.Element)}>",
        MapType m => $"map<{Of(m.Key)}, {Of(m.Value)}>",
        StructType s => $"struct<{string.Join(", ", s.Fields.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Id}: {f.Name}: {(f.Required ? "required" : "optional")} {Of(f.Type)}")))}>",
        _ => type.ToString(),
    };

    private static int? Number(string text) => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex(@"^\s*(?<name>[a-zA-Z]+)\s*(?:(?<open>\()(?<arguments>.*)\)|(?<open>\[)(?<arguments>.*)\])\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Parameterised();
}
