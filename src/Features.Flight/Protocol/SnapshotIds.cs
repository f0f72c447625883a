using System.Globalization;

namespace Features.Flight.Protocol;

/// <summary>Snapshot ids as JSON texts, since they use all 64 bits, the sign too, and readers of JSON numbers lose some.</summary>
internal static class SnapshotIds
{
    /// <exception cref="FormatException">The text is no snapshot id.</exception>
    public static long? Parse(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) && !text.StartsWith('+')
            ? id
            : throw new FormatException($"'{text}' is no snapshot id: a whole number, written as a text");

    public static string ToText(long id) => id.ToString(CultureInfo.InvariantCulture);
}
