using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.PointInTime;
using Features.Iceberg.Spec;
using Schema = Apache.Arrow.Schema;

namespace Features.Core.TrainingSets;

/// <summary>What each column of a training set is for.</summary>
internal static class TrainingSetColumns
{
    /// <summary>Refuses a spine without the columns that the set names, and clocks that are none.</summary>
    public static void Check(TrainingSet set, Schema joined)
    {
        var columns = joined.FieldsList.Select(f => f.Name).ToHashSet();
        foreach (var named in set.SpineFeatures.Append(set.Label?.Column).Append(set.Label?.KnownAt).OfType<string>().Where(n => !columns.Contains(n)))
        {
            throw new TrainingSetException("training-set-column", $"the spine of training set '{set.Name}' has no column '{named}'; {NearNames.Hint(named, columns, "columns")}");
        }

        foreach (var read in set.Transformations.Where(t => t.Column == set.Label?.Column))
        {
            throw new TrainingSetException("training-set-column", $"a transformation of training set '{set.Name}' reads its label '{read.Column}'; a label may not be a feature");
        }
    }

    /// <summary>The columns in order.</summary>
    public static IReadOnlyList<TrainingColumn> Of(TrainingSetRows rows, Iceberg.Spec.Schema schema)
    {
        var (set, features) = (rows.Set, rows.Features.Sources);
        var transformed = rows.Transformer.Fitted.SelectMany(f => f.Outputs).Select(o => o.Name).ToHashSet();
        string RoleOf(string name) => name switch
        {
            JoinedRows.RowColumn => "row",
            Split.Column when set.Split is not null => "split",
            _ when features.ContainsKey(name) => "feature",
            _ when transformed.Contains(name) => "transformed",
            _ when name == set.Timestamp => "time",
            _ when name == set.Label?.Column => "label",
            _ when set.SpineFeatures.Contains(name) => "spine_feature",
            _ when rows.Features.Keys.Contains(name) => "key",
            _ => "spine",
        };
        return [.. schema.Fields.Select(f => new TrainingColumn(f.Name, SchemaJson.NameOf(f.Type), RoleOf(f.Name), features.GetValueOrDefault(f.Name)))];
    }
}
