using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>
/// A training set for those who did not make it: what it holds, what it was made of, how to read it and how to make it again. The same facts give the same card. Markdown: <see cref="MarkdownCard"/>;
/// HTML: <see cref="HtmlCard"/>; Croissant: <see cref="CroissantCard"/>.
/// </summary>
public sealed record TrainingSetCard
{
    /// <summary>What it was made of.</summary>
    public required TrainingSetManifest Manifest { get; init; }

    /// <summary>What it is for, as its definition in force says; null for nothing.</summary>
    public string? Description { get; init; }

    /// <summary>Who answers for it; null where nobody is named.</summary>
    public string? Owner { get; init; }

    /// <summary>The tags of its table.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>What it was declared as; null where neither its manifest nor a definition in force that is still the same says so.</summary>
    public TrainingSet? Definition { get; init; }

    /// <summary>Its columns, in order; without <c>_row</c>.</summary>
    public required IReadOnlyList<CardColumn> Columns { get; init; }

    /// <summary>The whole set.</summary>
    public required CardPart Whole { get; init; }

    /// <summary>The parts of its split, in the order of the definition, rows of none last; empty without a split.</summary>
    public required IReadOnlyList<CardPart> Parts { get; init; }

    /// <summary>Its learned columns.</summary>
    public IReadOnlyList<CardTransformation> Transformations { get; init; } = [];

    /// <summary>The definitions that it was made by.</summary>
    public required IReadOnlyList<CardDefinition> Definitions { get; init; }

    /// <summary>The files that hold its rows, in their order; empty unless they were asked for (<see cref="TrainingSetCards.WithFilesAsync"/>).</summary>
    public IReadOnlyList<CardFile> Files { get; init; } = [];

    /// <summary>What a reader of the figures should not miss, a sentence each.</summary>
    public required IReadOnlyList<string> Notices { get; init; }

    /// <summary>The column that is to be learnt; null for none.</summary>
    public CardColumn? Label => Columns.FirstOrDefault(c => c.Column.Role == "label");

    /// <summary>The columns that a model is given.</summary>
    public IReadOnlyList<CardColumn> Features => [.. Columns.Where(c => c.Column.Role is not ("key" or "time" or "label" or "spine" or "split" or "row"))];

    /// <summary>The columns that are neither feature nor label: keys, time, what was carried along.</summary>
    public IReadOnlyList<CardColumn> Others => [.. Columns.Where(c => c.Column.Role is "key" or "time" or "spine" or "split")];

    /// <summary>Puts a card together.</summary>
    /// <param name="manifest">What the set was made of.</param>
    /// <param name="statistics">What it holds.</param>
    /// <param name="definitions">The definitions in force.</param>
    /// <param name="tags">The tags of the set's table.</param>
    public static TrainingSetCard Of(TrainingSetManifest manifest, TrainingSetStatistics statistics, DefinitionSet definitions, TableTags tags)
    {
        var used = CardDefinitions.Of(manifest, definitions);
        var declared = definitions.Find<TrainingSet>(manifest.Name);
        var made = manifest.Declared ?? (used.Any(d => d is { Kind: "TrainingSet", State: CardDefinitionState.InForce }) ? declared : null);
        var withheld = WithheldValues.Of(manifest.Columns.Select(c => c.Name), manifest.Transformations, tags);
        statistics = WithheldValues.From(statistics, withheld);
        var columns = CardColumns.Of(manifest, statistics, withheld, definitions, tags);
        var parts = CardParts.Of(statistics, columns, made?.Split);
        var card = new TrainingSetCard
        {
            Manifest = manifest,
            Description = (made ?? declared)?.Description,
            Owner = (made ?? declared)?.Owner ?? tags.Table.GetValueOrDefault("owner"),
            Tags = tags.Table,
            Definition = made,
            Columns = columns,
            Whole = CardParts.Whole(statistics, columns),
            Parts = parts,
            Transformations = CardTransformations.Of(manifest, columns),
            Definitions = used,
            Notices = [],
        };
        return card with { Notices = [.. CardNotices.Of(card)] };
    }
}
