using System.Text;
using Features.Core.Cleaning;
using Features.Core.Definitions;

namespace Features.Core.Skew;

/// <summary>What it takes to ask the historical join for one reference, by the definitions in force.</summary>
/// <param name="Reference">The reference in its one form.</param>
/// <param name="Views">The views that it comes from.</param>
/// <param name="Columns">The columns that the spine must bring, each with its declared type.</param>
/// <param name="Stored">The feature, unless it is an on-demand view's.</param>
internal sealed record FeatureUse(string Reference, IReadOnlyList<FeatureView> Views, IReadOnlyDictionary<string, string> Columns, SelectedFeature? Stored)
{
    /// <summary>The name of the view that stands beside a view to tell when its latest known row happened, whatever its ttl.</summary>
    private const string LatestPrefix = "_latest_of_";
    private const string LatestFeature = "event";

    /// <summary>Resolves a reference; null if the definitions do not have it, or it asks for one column as two types.</summary>
    public static FeatureUse? Of(DefinitionSet set, string reference)
    {
        var selection = FeatureSelection.Resolve(set, [reference]);
        if (selection.Unknown.Count > 0 || selection.Features.Count + selection.OnDemand.Count != 1)
        {
            return null;
        }

        var columns = new Dictionary<string, string>();
        var needed = selection.Joined.SelectMany(f => KeysOf(set, f)).Concat(selection.Request.Select(r => (Column: r.Name, r.Type)));
        foreach (var (column, type) in needed)
        {
            if (columns.GetValueOrDefault(column, type) != type)
            {
                return null;
            }

            columns[column] = type;
        }

        return new FeatureUse(
            selection.Features.Select(f => f.ToString()).Concat(selection.OnDemand.Select(f => f.ToString())).Single(),
            [.. selection.Joined.Select(f => f.View).DistinctBy(v => v.Name)],
            columns,
            selection.Features.Count == 1 ? selection.Features[0] : null);
    }

    /// <summary>The definitions, and for each view one more of the same rows whose feature is the event time of the latest, without a ttl: what a status is told by.</summary>
    public static DefinitionSet WithLatest(DefinitionSet set) => new([.. set.Definitions, .. set.Definitions.OfType<FeatureView>().Select(v => v with
    {
        Name = $"{LatestPrefix}{v.Name}",
        Ttl = null,
        Features = [new Feature(LatestFeature, Sql.Name(v.Clocks.Event))],
    })]);

    /// <summary>The reference of the event time of the latest row that this feature's view knows; null for an on-demand view's.</summary>
    public string? Latest => Stored is null ? null : new FeatureReference($"{LatestPrefix}{Stored.View.Name}", LatestFeature)
    {
        Alias = AliasOf(Stored.Use),
        JoinKeys = Stored.JoinKeys,
    }.ToString();

    // Uses are told apart by text that an alias cannot have.
    private static string AliasOf(string use) => LatestPrefix + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(use));

    // A key is an integer of any width, and one that does not fit the declared width is in no row.
    private static IEnumerable<(string Column, string Type)> KeysOf(DefinitionSet set, SelectedFeature feature) =>
        set.Find<Entity>(feature.View.EntityName) is { } entity ? entity.Keys.Select(k => (feature.ColumnOf(k.Name), k.Type == "int" ? "long" : k.Type)) : [];
}
