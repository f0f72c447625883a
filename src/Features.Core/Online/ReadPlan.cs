using Apache.Arrow.Types;
using Features.Core.Definitions;

namespace Features.Core.Online;

/// <summary>How requests of one shape are answered: worked out once from the definitions, used for every request until they change.</summary>
internal sealed class ReadPlan
{
    /// <summary>For the audit: the service, or <c>features</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The request's columns that are keys, in the order in which views need them, with their declared types.</summary>
    public required IReadOnlyList<(string Column, string Type)> Keys { get; init; }

    /// <summary>The uses of views.</summary>
    public required IReadOnlyList<ViewUse> Uses { get; init; }

    /// <summary>The stored features: first those that are given out, then those that only on-demand features read.</summary>
    public required IReadOnlyList<SelectedFeature> Features { get; init; }

    /// <summary>The names of <see cref="Features"/> in the answer.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary><see cref="Features"/> as references.</summary>
    public required IReadOnlyList<string> References { get; init; }

    /// <summary>How many of <see cref="Features"/> are given out.</summary>
    public required int Given { get; init; }

    public required IReadOnlyList<OnDemandPlan> OnDemand { get; init; }

    public static ReadPlan Of(DefinitionSet set, RequestShape shape)
    {
        var (references, name, fullNames) = shape.Resolve(set);
        var selection = FeatureSelection.Resolve(set, references);
        if (selection.Unknown.Count > 0)
        {
            var known = set.Definitions.OfType<FeatureView>().SelectMany(v => v.Features.Select(f => $"{v.Name}:{f.Name}"))
                .Concat(set.Definitions.OfType<OnDemandView>().SelectMany(v => v.Features.Select(f => $"{v.Name}:{f.Name}"))).ToList();
            throw new OnlineException($"there is no feature {string.Join(", ", selection.Unknown.Select(u => $"'{u}'"))}; {NearNames.Hint(selection.Unknown[0], known, "features")}", "feature-missing");
        }

        var joined = selection.Joined;
        var uses = joined.Select((feature, column) => (Feature: feature, Column: column)).GroupBy(f => f.Feature.Use)
            .Select(g => ViewUse.Of(set, g.First().Feature, [.. g.Select(f => (f.Feature.Feature, f.Column))])).ToList();
        var keys = uses.SelectMany(u => u.KeyColumns.Zip(u.Entity.Keys, (column, key) => (Column: column, key.Type))).Distinct().ToList();
        if (keys.GroupBy(k => k.Column).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new OnlineException($"the column '{twice.Key}' is a key of two types, {string.Join(" and ", twice.Select(t => t.Type))}; take one from another column, view[key=column]@alias:feature");
        }

        if (selection.Clashes(fullNames, [.. keys.Select(k => k.Column)]).Select(c => c.Problem).FirstOrDefault() is { } clash)
        {
            throw new OnlineException($"{clash}; ask for full names, or rename one of them");
        }

        return new ReadPlan
        {
            Name = name,
            Keys = keys,
            Uses = uses,
            Features = joined,
            Names = [.. joined.Select(f => f.OutputName(fullNames))],
            References = [.. joined.Select(f => f.ToString())],
            Given = selection.Features.Count,
            OnDemand = [.. selection.OnDemand.GroupBy(f => f.View.Name).Select(g => OnDemandPlan.Of([.. g], joined, fullNames))],
        };
    }

    /// <summary>The Arrow type of a declared one, for columns of requests.</summary>
    public static IArrowType ArrowOf(string type) => type switch
    {
        "int" => Int32Type.Default,
        "long" => Int64Type.Default,
        "float" => FloatType.Default,
        "double" => DoubleType.Default,
        "boolean" => BooleanType.Default,
        "date" => Date32Type.Default,
        "timestamp" => new TimestampType(TimeUnit.Microsecond, (string?)null),
        "timestamptz" => new TimestampType(TimeUnit.Microsecond, "UTC"),
        "binary" => BinaryType.Default,
        _ when type.StartsWith("decimal", StringComparison.Ordinal) => StoredType.Parse(type.Replace(" ", "", StringComparison.Ordinal)).Type,
        _ when type.StartsWith("fixed", StringComparison.Ordinal) => BinaryType.Default,
        _ => StringType.Default,
    };
}

/// <summary>One use of a view: from which columns its keys come, and which of its features go to which columns of the plan.</summary>
internal sealed record ViewUse(FeatureView View, Entity Entity, IReadOnlyList<string> KeyColumns, IReadOnlyList<(Feature Feature, int Column)> Features)
{
    private BoundUse? bound;

    public IReadOnlyList<string> FeatureNames { get; } = [.. Features.Select(f => f.Feature.Name)];

    public static ViewUse Of(DefinitionSet set, SelectedFeature first, IReadOnlyList<(Feature Feature, int Column)> features)
    {
        var entity = set.Find<Entity>(first.View.EntityName) ?? throw new OnlineException($"there is no entity '{first.View.EntityName}'; declare it with kind: Entity");
        return new ViewUse(first.View, entity, [.. entity.Keys.Select(k => first.ColumnOf(k.Name))], features);
    }

    /// <summary>The use over what is stored now.</summary>
    public BoundUse Bind(ViewLayout layout)
    {
        // Layouts come from one parsed state until that changes, so being the same object is enough.
        var known = Volatile.Read(ref bound);
        if (known is null || !ReferenceEquals(known.Layout, layout))
        {
            known = BoundUse.Of(this, layout);
            Volatile.Write(ref bound, known);
        }

        return known;
    }
}
