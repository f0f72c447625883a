using Features.Core.TrainingSets;
using Features.Flight.Cache;

namespace Features.Server.Serving;

/// <summary>What the columns of a training set are for, as its manifest says it.</summary>
internal static class TrainingSetRoles
{
    // A definition has no word for weights; a spine carries them along under one of these names.
    private static readonly string[] Weights = ["weight", "sample_weight"];

    public static IReadOnlyDictionary<string, ColumnRole> Of(TrainingSetManifest manifest)
    {
        // What a transformation reads is given as what it makes of it.
        var read = manifest.Transformations.Select(t => t.Column).ToHashSet(StringComparer.Ordinal);
        return manifest.Columns.ToDictionary(c => c.Name, c => Of(c, read), StringComparer.Ordinal);
    }

    private static ColumnRole Of(TrainingColumn column, HashSet<string> read) => column.Role switch
    {
        "feature" or "spine_feature" or "transformed" => read.Contains(column.Name) ? ColumnRole.Other : ColumnRole.Feature,
        "label" => ColumnRole.Label,
        "key" => ColumnRole.Key,
        "time" => ColumnRole.Time,
        "split" => ColumnRole.Split,
        "spine" when Weights.Contains(column.Name, StringComparer.Ordinal) => ColumnRole.Weight,
        _ => ColumnRole.Other,
    };
}
