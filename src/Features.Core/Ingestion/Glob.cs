using System.Text;
using System.Text.RegularExpressions;

namespace Features.Core.Ingestion;

/// <summary>A pattern over keys: <c>*</c> within a segment, <c>**</c> across segments, <c>?</c> one character; anything else is itself.</summary>
public sealed class Glob
{
    private readonly Regex regex;

    /// <summary>Reads a pattern; every text is one.</summary>
    public Glob(string pattern)
    {
        var text = new StringBuilder("^");
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern.AsSpan(i).StartsWith("**/"))
            {
                text.Append("(.*/)?");
                i += 2;
            }
            else if (pattern.AsSpan(i).StartsWith("**"))
            {
                text.Append(".*");
                i++;
            }
            else
            {
                text.Append(pattern[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
            }
        }

        // The engine without backtracking: patterns and keys are others' input.
        regex = new Regex(text.Append('$').ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);
    }

    /// <summary>True if the whole key fits.</summary>
    public bool IsMatch(string key) => regex.IsMatch(key);
}
