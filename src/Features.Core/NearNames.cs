namespace Features.Core;

/// <summary>What a person may have meant by a name that does not exist.</summary>
internal static class NearNames
{
    private const int MostListed = 3;

    /// <summary>"did you mean 'a' or 'b'?", or the names there are, or that there are none.</summary>
    public static string Hint(string name, IReadOnlyCollection<string> known, string plural)
    {
        if (known.Count == 0)
        {
            return $"there are no {plural} yet";
        }

        var near = Of(name, known).Select(k => $"'{k}'").ToList();
        return near.Count > 0
            ? $"did you mean {string.Join(" or ", near)}?"
            : $"the {plural} are {string.Join(", ", known.Order(StringComparer.Ordinal).Take(10))}{(known.Count > 10 ? ", …" : "")}";
    }

    /// <summary>The few names that are near, the nearest first.</summary>
    public static IReadOnlyList<string> Of(string name, IReadOnlyCollection<string> known) =>
        [.. known.Select(k => (Name: k, Distance: Distance(name, k)))
            .Where(k => k.Distance <= Math.Max(2, name.Length / 3) || k.Name.Contains(name, StringComparison.OrdinalIgnoreCase))
            .OrderBy(k => k.Distance).ThenBy(k => k.Name, StringComparer.Ordinal)
            .Take(MostListed).Select(k => k.Name)];

    // Levenshtein's distance, letters' case ignored.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var same = char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]);
                var substituted = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
