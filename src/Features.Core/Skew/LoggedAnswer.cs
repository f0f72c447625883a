using Features.Core.Online;

namespace Features.Core.Skew;

/// <summary>Some rows of an answer, with what it takes to ask the tables the same: what was asked, of which moment, and which states of which views answered.</summary>
/// <param name="AtMicros">The moment that was asked about, in microseconds since 1970 UTC.</param>
/// <param name="AnsweredMicros">When the answer was given, likewise.</param>
/// <param name="Service">The service that was asked; null where features were named.</param>
/// <param name="FullNames">Whether the columns go by full names.</param>
/// <param name="Rows">The rows that are kept.</param>
/// <param name="Views">The views that answered.</param>
/// <param name="Entities">What the request brought, column by column.</param>
/// <param name="Features">What was answered, without keys and transformations.</param>
internal sealed record LoggedAnswer(
    long AtMicros,
    long AnsweredMicros,
    string? Service,
    bool FullNames,
    int Rows,
    IReadOnlyList<LoggedView> Views,
    IReadOnlyDictionary<string, FeatureValue[]> Entities,
    IReadOnlyList<LoggedFeature> Features)
{
    /// <summary>Values that it holds.</summary>
    public long ValueCount => (long)Rows * (Entities.Count + Features.Count);

    /// <summary>The given rows of an answer; null if it has nothing that the tables could be asked.</summary>
    public static LoggedAnswer? Of(OnlineRequest request, OnlineAnswer answer, int[] rows, DateTimeOffset now)
    {
        var features = answer.Columns.Where(c => c.Reference is not null && c.Values.Length == answer.Rows).ToList();
        return features.Count == 0 || request.Entities.Values.Any(v => v.Count != answer.Rows) ? null : new LoggedAnswer(
            Micros(answer.At),
            Micros(now),
            request.Service,
            request.FullNames,
            rows.Length,
            [.. answer.Views.Select(v => new LoggedView(v.View, v.DefinitionHash, v.Frontier, v.Sources, v.Pushed, v.HasOnlineOnlyRows))],
            request.Entities.ToDictionary(e => e.Key, e => Chosen(e.Value, rows)),
            [.. features.Select(c => new LoggedFeature(c.Name, c.Reference!, Chosen(c.Values, rows), Chosen(c.Statuses, rows), Chosen(c.EventMicros, rows)))]);
    }

    private static T[] Chosen<T>(IReadOnlyList<T> all, int[] rows)
    {
        var chosen = new T[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            chosen[i] = all[rows[i]];
        }

        return chosen;
    }

    private static long Micros(DateTimeOffset moment) => FeatureValue.Of(moment).AsMicros();
}

/// <summary>One feature's column. <paramref name="Reference"/> names the feature with its join keys and alias, whatever it was called in the answer.</summary>
internal sealed record LoggedFeature(string Name, string Reference, FeatureValue[] Values, FeatureStatus[] Statuses, long[] EventMicros);

/// <summary>The state of a view that answered; as in <see cref="OnlineViewState"/>.</summary>
internal sealed record LoggedView(
    string View, string DefinitionHash, long Frontier, IReadOnlyList<OnlineSource> Sources, IReadOnlyDictionary<string, long> Pushed, bool HasOnlineOnlyRows);
