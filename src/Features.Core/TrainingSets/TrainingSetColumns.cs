using Features.Core.Definitions;
using Features.Core.PointInTime;
using Features.Iceberg.Spec;

namespace Features.Core.TrainingSets;

/// <summary>What each column of a training set is for.</summary>
internal static class TrainingSetColumns
{
    public static IReadOnlyList<TrainingColumn> Of(TrainingSet set, DefinitionSet definitions, JoinedRows joined, Schema schema)
    {
        var columns = schema.Fields.Select(f => f.Name).ToHashSet();
        foreach (var named in set.SpineFeatures.Append(set.Label?.Column).OfType<string>().Where(n => !columns.Contains(n)))
        {
            throw new TrainingSetException("training-set-column", $"the spine of training set '{set.Name}' has no column '{named}'; {NearNames.Hint(named, columns, "columns")}");
        }

        var keys = joined.FeatureSources.Values.Select(r => definitions.Find<FeatureView>(FeatureReference.TryParse(r)!.View)!.EntityName)
            .SelectMany(e => definitions.Find<Entity>(e)!.Keys.Select(k => k.Name)).ToHashSet();
        string RoleOf(string name) => name switch
        {
            JoinedRows.RowColumn => "row",
            _ when joined.FeatureSources.ContainsKey(name) => "feature",
            _ when name == set.Timestamp => "time",
            _ when name == set.Label?.Column => "label",
            _ when set.SpineFeatures.Contains(name) => "spine_feature",
            _ when keys.Contains(name) => "key",
            _ => "spine",
        };
        return [.. schema.Fields.Select(f => new TrainingColumn(f.Name, SchemaJson.NameOf(f.Type), RoleOf(f.Name), joined.FeatureSources.GetValueOrDefault(f.Name)))];
    }
}
