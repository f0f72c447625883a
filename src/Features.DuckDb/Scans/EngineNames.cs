using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.DuckDb.Scans;

/// <summary>Names that the engine can tell apart. To it, names that differ by case alone are the same: it numbers the later ones, silently.</summary>
internal static class EngineNames
{
    /// <summary>The names as the engine gives them to columns that stand in this order.</summary>
    /// <param name="names">The columns' own names.</param>
    /// <param name="kept">Names that stay as they are, wherever their columns stand; no two differ by case alone.</param>
    internal static IReadOnlyList<string> Of(IEnumerable<string> names, params IEnumerable<string> kept)
    {
        var staying = kept.ToHashSet(StringComparer.Ordinal);
        var taken = staying.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. names.Select(own =>
        {
            var name = own;
            for (var number = 1; !staying.Contains(own) && !taken.Add(name); number++)
            {
                name = string.Create(CultureInfo.InvariantCulture, $"{own}_{number}");
            }

            return name;
        })];
    }

    /// <summary>The columns under such names.</summary>
    internal static Schema Of(Schema columns, params IEnumerable<string> kept)
    {
        var names = Of(columns.Fields.Select(f => f.Name), kept);
        return columns with { Fields = [.. columns.Fields.Select((f, i) => f.Name == names[i] ? f : f with { Name = names[i] })] };
    }
}
