using Features.Core.Definitions;
using Features.Core.Engine;

namespace Features.Core.TrainingSets;

/// <summary>What a training set's service asks for, and what that depends on.</summary>
internal sealed class TrainingSetFeatures
{
    private readonly DefinitionSet definitions;
    private readonly TrainingSet set;
    private readonly FeatureService service;

    /// <summary>Looks up the set's service.</summary>
    /// <exception cref="TrainingSetException">It is not applied.</exception>
    public TrainingSetFeatures(DefinitionSet definitions, TrainingSet set)
    {
        (this.definitions, this.set) = (definitions, set);
        service = definitions.Find<FeatureService>(set.Service)
            ?? throw new TrainingSetException("definition-missing", $"the feature service '{set.Service}' of training set '{set.Name}' is not applied; {NearNames.Hint(set.Service, [.. definitions.Definitions.OfType<FeatureService>().Select(s => s.Name)], "services")}");
        Selection = FeatureSelection.Resolve(definitions, service);
    }

    public FeatureSelection Selection { get; }

    /// <summary>The service's references.</summary>
    public IReadOnlyList<string> References => service.Features;

    /// <summary>The columns of features, and the reference of each.</summary>
    public IReadOnlyDictionary<string, string> Sources => Selection.Features.Select(f => (Name: f.OutputName(set.FullNames), Text: f.ToString()))
        .Concat(Selection.OnDemand.Select(f => (Name: f.OutputName(set.FullNames), Text: f.ToString())))
        .DistinctBy(f => f.Name).ToDictionary(f => f.Name, f => f.Text);

    /// <summary>The spine's columns that hold entities' keys, each once, in the order of the features.</summary>
    public IReadOnlyList<string> Keys =>
        [.. Selection.Joined.SelectMany(f => (definitions.Find<Entity>(f.View.EntityName)?.Keys ?? []).Select(k => f.ColumnOf(k.Name))).Distinct()];

    /// <summary>The hashes of all definitions that decide about the set: itself, its service, the views, their entities and sources.</summary>
    public SortedDictionary<string, string> Hashes(ISqlEngine engine)
    {
        var views = Selection.Joined.Select(f => f.View).DistinctBy(v => v.Name).ToList();
        var entities = views.Select(v => definitions.Find<Entity>(v.EntityName)).OfType<Entity>().DistinctBy(e => e.Name);
        var onDemand = Selection.OnDemand.Select(f => f.View).DistinctBy(v => v.Name);
        var sources = views.SelectMany(v => v.Sql is { } sql ? engine.Analyze(sql).Relations : [v.Source ?? ""]).Concat(engine.Analyze(set.Spine).Relations).Distinct(StringComparer.Ordinal).Select(definitions.Find<FeatureSource>).OfType<FeatureSource>();
        return new(
            new Definition[] { set, service }.Concat(views).Concat(entities).Concat(onDemand).Concat(sources).ToDictionary(d => $"{d.Kind}/{d.Name}", CanonicalJson.HashOf), StringComparer.Ordinal);
    }
}
