using System.Globalization;

namespace Features.Iceberg.DataFiles;

/// <summary>How much of a column's metrics a manifest keeps: nothing, counts, or counts and bounds (whole, or cut to <paramref name="Length"/> code points or bytes).</summary>
/// <param name="Counts">Sizes and counts of values, nulls and NaNs are kept.</param>
/// <param name="Bounds">Lower and upper bounds are kept.</param>
/// <param name="Length">The longest bound; null for whole bounds.</param>
public sealed record MetricsMode(bool Counts, bool Bounds, int? Length)
{
    /// <summary><c>none</c>.</summary>
    public static MetricsMode None { get; } = new(false, false, null);

    /// <summary><c>counts</c>.</summary>
    public static MetricsMode CountsOnly { get; } = new(true, false, null);

    /// <summary><c>full</c>.</summary>
    public static MetricsMode Full { get; } = new(true, true, null);

    /// <summary><c>truncate(N)</c>, N at least 1.</summary>
    public static MetricsMode Truncate(int length) => new(true, true, length);

    /// <summary>Reads <c>none</c>, <c>counts</c>, <c>truncate(N)</c> or <c>full</c>, in any case.</summary>
    /// <exception cref="InvalidTableArgumentException">It is none of these.</exception>
    public static MetricsMode Parse(string text) => text.Trim().ToLowerInvariant() switch
    {
        "none" => None,
        "counts" => CountsOnly,
        "full" => Full,
        ['t', 'r', 'u', 'n', 'c', 'a', 't', 'e', '(', .. var digits, ')'] when int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length > 0 => Truncate(length),
        _ => throw new InvalidTableArgumentException($"'{text}' is no metrics mode; write none, counts, truncate(16) or full"),
    };
}
