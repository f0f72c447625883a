using System.Buffers;
using System.Text;

namespace Features.Core.Definitions;

/// <summary>
/// A feature named by its view: <c>view:feature</c>, or <c>view:*</c> for all of the view's. A view is used twice, for other keys, as <c>view[key=column,…]@alias:feature</c>: the entity's key is then taken from
/// another column of the spine, and full names begin with the alias.
/// </summary>
/// <param name="View">The feature view, or on-demand view.</param>
/// <param name="Feature">The feature; null for all.</param>
public sealed record FeatureReference(string View, string? Feature)
{
    private static readonly SearchValues<char> Marks = SearchValues.Create(":@[]=,");

    /// <summary>What the view is called here; null for its own name.</summary>
    public string? Alias { get; init; }

    /// <summary>Keys of the view's entity that are taken from another column: key, then column.</summary>
    public IReadOnlyDictionary<string, string> JoinKeys { get; init; } = new Dictionary<string, string>();

    /// <summary>Takes keys of the view's entity from other columns.</summary>
    public FeatureReference Keys(params ReadOnlySpan<(string Key, string Column)> keys)
    {
        var map = new Dictionary<string, string>(JoinKeys);
        foreach (var (key, column) in keys)
        {
            map[key] = column;
        }

        return this with { JoinKeys = map };
    }

    /// <summary>Gives this use of the view a name of its own.</summary>
    public FeatureReference As(string alias) => this with { Alias = alias };

    /// <summary>The text form, as services hold it.</summary>
    public static implicit operator string(FeatureReference reference) => reference?.ToString() ?? throw new ArgumentNullException(nameof(reference));

    /// <summary>Reads the text form; null if the text has another.</summary>
    public static FeatureReference? TryParse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || colon == text.Length - 1)
        {
            return null;
        }

        var (view, feature) = (text[..colon], text[(colon + 1)..]);
        string? alias = null;
        if (view.LastIndexOf('@') is > 0 and var at && at > view.LastIndexOf(']'))
        {
            (view, alias) = (view[..at], view[(at + 1)..]);
        }

        var keys = new Dictionary<string, string>();
        if (view.IndexOf('[', StringComparison.Ordinal) is > 0 and var open)
        {
            if (!view.EndsWith(']'))
            {
                return null;
            }

            foreach (var pair in view[(open + 1)..^1].Split(','))
            {
                if (pair.Split('=') is not [{ Length: > 0 } key, { Length: > 0 } column] || !keys.TryAdd(key.Trim(), column.Trim()))
                {
                    return null;
                }
            }

            view = view[..open];
        }

        return view.Length == 0 || alias is { Length: 0 } || view.AsSpan().ContainsAny(Marks) || alias.AsSpan().ContainsAny(Marks)
            ? null
            : new FeatureReference(view, feature == "*" ? null : feature) { Alias = alias, JoinKeys = keys };
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder(View);
        if (JoinKeys.Count > 0)
        {
            text.Append('[').AppendJoin(',', JoinKeys.OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => $"{k.Key}={k.Value}")).Append(']');
        }

        return text.Append(Alias is null ? "" : $"@{Alias}").Append(':').Append(Feature ?? "*").ToString();
    }
}
