using System.Text.RegularExpressions;

namespace Features.DuckDb.Queries;

/// <summary>The engine's own error, before it is known whose SQL it was.</summary>
internal sealed partial class EngineFault(string message) : Exception(message)
{
    // The operating system's words: the engine has no kind of its own for it.
    private const string DiskFull = "No space left on device";

    /// <summary>The message without the kind of error and the place, for SQL that is not the user's.</summary>
    internal string Reason { get; private init; } = message;

    /// <summary>True if the engine was interrupted, as a cancellation does.</summary>
    internal bool IsInterrupt { get; private init; }

    /// <summary>True if a disk has no space left.</summary>
    internal bool IsDiskFull { get; private init; }

    /// <summary>True if memory or disk ran out, so that a retry may succeed.</summary>
    internal bool IsTransient { get; private init; }

    /// <summary>DuckDB's message on one line; the place that it points at is kept as <c>LINE n: … ▸here</c>.</summary>
    internal static EngineFault From(string? message)
    {
        var text = (message ?? "the engine gave no reason").ReplaceLineEndings("\n");
        var place = PlaceInSql().Match(text);
        var reason = Advice().Replace(Kind().Replace(place.Success ? text[..place.Index] : text, "", 1), "");
        if (place.Success)
        {
            var (line, caret) = (place.Groups["line"].Value, place.Groups["caret"].Index - place.Groups["marks"].Index);
            text = $"{text[..place.Index]} {(caret < line.Length ? line.Insert(caret, "▸") : line)} {text[(place.Index + place.Length)..]}";
        }

        return new(Spaces().Replace(text, " ").Trim())
        {
            Reason = Spaces().Replace(reason, " ").Trim(),
            IsInterrupt = text.StartsWith("INTERRUPT", StringComparison.Ordinal),
            IsDiskFull = text.Contains(DiskFull, StringComparison.Ordinal),
            IsTransient = text.StartsWith("Out of Memory", StringComparison.OrdinalIgnoreCase) || text.Contains(DiskFull, StringComparison.Ordinal),
        };
    }

    [GeneratedRegex(@"^(?<line>LINE \d+: .*)\n(?<marks> *)(?<caret>\^)[ ~^]*$", RegexOptions.Multiline)]
    private static partial Regex PlaceInSql();

    // Options of its own that a user of the product cannot set, and its guesses about the file.
    [GeneratedRegex(@"\n(Possible (fixes|Solution)|  file =|Line size|The search space).*", RegexOptions.Singleline)]
    private static partial Regex Advice();

    [GeneratedRegex(@"^[A-Za-z ]+ Error: ")]
    private static partial Regex Kind();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
