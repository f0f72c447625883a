using System.Globalization;
using System.Text;

namespace Features.Iceberg.Manifests;

/// <summary>Names that Avro allows, made from partition field names as Java makes them, so that readers by name find them too.</summary>
internal static class AvroName
{
    /// <summary>The name itself if Avro allows it; else every other character becomes <c>_xHEX</c>, and a leading digit gets an underscore.</summary>
    public static string Sanitise(string name)
    {
        var result = new StringBuilder(name.Length);
        foreach (var c in name)
        {
            var isFirst = result.Length == 0;
            _ = char.IsAsciiLetter(c) || c == '_' ? result.Append(c)
                : char.IsAsciiDigit(c) ? (isFirst ? result.Append('_').Append(c) : result.Append(c))
                : result.Append(CultureInfo.InvariantCulture, $"_x{(int)c:X}");
        }

        return result.Length == 0 ? "_" : result.ToString();
    }
}
