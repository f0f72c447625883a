using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Definitions.Rules;
using Features.Core.PointInTime;
using Features.Iceberg;
using Features.Iceberg.Spec;
using ArrowSchemaType = Apache.Arrow.Schema;

namespace Features.Core.Definitions.Checking;

/// <summary>A training set's spine: its columns, keys, clocks and what is computed over them.</summary>
internal static class TrainingSetCheck
{
    public static async Task RunAsync(SchemaCheck check, TrainingSet training, CancellationToken cancellationToken)
    {
        if (training.Spine.Length == 0 || check.Analyze(training, "spine", training.Spine) is not { } analysis)
        {
            return;
        }

        // A source is named as a view's SQL names it.
        var source = ViewSource.OfSql(training.Spine, check.Set, check.Engine);
        var isWhole = true;
        foreach (var table in source.Tables)
        {
            isWhole &= await check.SchemaAsync(training, "spine", table, cancellationToken).ConfigureAwait(false) is not null;
        }

        var read = source.Tables.SequenceEqual(analysis.Relations.Distinct(StringComparer.Ordinal)) ? training.Spine : $"SELECT * FROM {source.Relation}";
        if (!isWhole || await check.DescribeAsync(training, "spine", "its spine", read, cancellationToken).ConfigureAwait(false) is not { } spine)
        {
            return;
        }

        var selection = check.Set.Find<FeatureService>(training.Service) is { } service ? FeatureSelection.Resolve(check.Set, service) : new FeatureSelection([], [], [], []);
        var named = new[] { training.Timestamp, training.Label?.Column, training.Label?.KnownAt }.Concat(training.SpineFeatures).Where(c => c is { Length: > 0 }).OfType<string>().Distinct();
        if (check.Cover(training, "spine", "spine column", named, spine))
        {
            check.CheckClocks(training, "timestamp", new[] { training.Timestamp }.Where(t => t.Length > 0), spine);
            check.CheckClocks(training, "label/known_at", training.Label?.KnownAt is { } knownAt ? [knownAt] : [], spine);
            CheckTransformations(check, training, selection, spine);
        }

        check.Cover(training, "split/columns", "spine column", training.Split?.Columns ?? [], spine);
        CheckKeys(check, training, selection, spine);
        CheckRequest(check, training, selection, spine);
        CheckNames(check, training, selection, spine);
        WarnOfItself(check, training, selection, source.Tables);
    }

    private static void CheckKeys(SchemaCheck check, TrainingSet training, FeatureSelection selection, ArrowSchemaType spine)
    {
        var keys = selection.Joined.SelectMany(f => check.Set.Find<Entity>(f.View.EntityName) is { } entity ? entity.Keys.Select(k => (entity, k, Column: f.ColumnOf(k.Name))) : []).Distinct().ToList();
        if (check.Cover(training, "spine", "key column", keys.Select(k => k.Column).Distinct(), spine))
        {
            foreach (var (entity, key, column) in keys)
            {
                check.CheckKey(training, "spine", entity, key, column, spine, "the spine");
            }
        }
    }

    private static void CheckRequest(SchemaCheck check, TrainingSet training, FeatureSelection selection, ArrowSchemaType spine)
    {
        if (!check.Cover(training, "spine", "request column", selection.Request.Select(r => r.Name), spine))
        {
            return;
        }

        foreach (var field in selection.Request)
        {
            var type = spine.GetFieldByName(field.Name).DataType;
            if (ColumnType.Parse(field.Type) is { } declared && !Fits(type, declared))
            {
                check.Fault(training, "spine", $"the request column '{field.Name}' is declared {field.Type} and is {FeatureTypes.Name(type)} in the spine", "cast it there, or correct the on-demand view");
            }
        }
    }

    /// <summary>Whether every value of a column is one of the declared type.</summary>
    private static bool Fits(IArrowType type, PrimitiveType declared) => ColumnType.Is(type, declared) || (declared.Kind, type) switch
    {
        (PrimitiveKind.Int, Int8Type or Int16Type or UInt8Type or UInt16Type) => true,
        (PrimitiveKind.Long, Int8Type or Int16Type or Int32Type or UInt8Type or UInt16Type or UInt32Type) => true,
        (PrimitiveKind.Double, FloatType or Int8Type or Int16Type or Int32Type or UInt8Type or UInt16Type or UInt32Type) => true,
        (PrimitiveKind.Timestamp or PrimitiveKind.TimestampTz, TimestampType { Unit: not TimeUnit.Nanosecond }) => true,
        (PrimitiveKind.Uuid or PrimitiveKind.Fixed, FixedSizeBinaryType) or (PrimitiveKind.Time, Time64Type) => true,
        _ => false,
    };

    /// <summary>The set has every column of its spine, so that a feature may not be called like one; those that the definition itself names are held to that by the rules.</summary>
    private static void CheckNames(SchemaCheck check, TrainingSet training, FeatureSelection selection, ArrowSchemaType spine)
    {
        var named = new[] { training.Timestamp, training.Label?.Column, training.Label?.KnownAt }.Concat(training.SpineFeatures).OfType<string>();
        foreach (var (name, problem) in selection.Clashes(training.FullNames, [.. spine.FieldsList.Select(f => f.Name).Except(named)]).Where(c => spine.FieldsList.Any(f => f.Name == c.Name)))
        {
            check.Fault(training, "spine", problem, training.FullNames ? $"rename '{name}'" : "set full_names: true, or rename the column with AS");
        }
    }

    private static void CheckTransformations(SchemaCheck check, TrainingSet training, FeatureSelection selection, ArrowSchemaType spine)
    {
        var types = training.SpineFeatures.Distinct().ToDictionary(f => f, f => spine.GetFieldByName(f).DataType);
        foreach (var (name, type) in selection.Features.Select(f => (f.OutputName(training.FullNames), check.TypesOf(f.View)?.GetValueOrDefault(f.Feature.Name)))
            .Concat(selection.OnDemand.Select(f => (f.OutputName(training.FullNames), check.TypesOf(f.View)?.GetValueOrDefault(f.Feature.Name)))))
        {
            if (type is not null)
            {
                types[name] = type;
            }
        }

        for (var i = 0; i < training.Transformations.Count; i++)
        {
            var transformation = training.Transformations[i];
            if (!types.TryGetValue(transformation.Column, out var type))
            {
                continue;
            }

            if (TransformationTypes.Problem(transformation, type) is { } problem)
            {
                check.Fault(training, $"transformations/{i}", problem, "transform another column, or in another way");
            }

            types[TransformationRules.OutputOf(transformation)] = TransformationTypes.Output(transformation, type);
        }
    }

    private static void WarnOfItself(SchemaCheck check, TrainingSet training, FeatureSelection selection, IReadOnlyList<string> relations)
    {
        var tables = relations.Where(r => TableIdentifier.TryParse(r) is not null).ToHashSet();
        var views = selection.Joined.Select(f => f.View).DistinctBy(v => v.Name).Where(v => v.Clocks is { Available: null } or { Inclusive: true } && ViewCheck.TablesOf(check, v).Any(tables.Contains)).ToList();
        if (views.Count > 0)
        {
            check.Warn(
                training,
                "spine",
                $"its spine reads the table of {string.Join(", ", views.Select(v => $"'{v.Name}'"))}, whose rows count at the very moment they happen: a row sees itself",
                "give the view an availability clock, or make the spine of other rows");
        }
    }
}
