using Apache.Arrow.Types;
using Features.Core.Cleaning;
using Features.Core.Engine;
using Features.Core.PointInTime;

namespace Features.Core.Definitions.Checking;

/// <summary>
/// The expressions of views: each of one row, repeatable, over the columns there are, and of a type that a feature can have. Many go through the engine as one SELECT, since thousands one by one take
/// seconds; only where that fails, fewer at once, and at last one by one, to say which.
/// </summary>
internal static class ExpressionCheck
{
    private const string Row = "_row_of_view";
    private const string Carried = "_carried";
    private const int AtOnce = 250;

    /// <summary>Holds many expressions at once to what can be said without a schema; those of a batch that has a fault are left to <see cref="CheckText(SchemaCheck, Definition, IReadOnlyList{Feature})"/>.</summary>
    public static void CheckTexts(SchemaCheck check, IEnumerable<string> expressions)
    {
        foreach (var batch in expressions.Where(e => e != "*").Distinct().Where(e => !check.Sound.Contains(e)).Chunk(AtOnce))
        {
            if (StandsAlone(check, batch))
            {
                check.Sound.UnionWith(batch);
            }
        }
    }

    /// <summary>Holds the expressions to what can be said without a schema.</summary>
    /// <returns>Those without a fault.</returns>
    public static IReadOnlyList<Feature> CheckText(SchemaCheck check, Definition view, IReadOnlyList<Feature> features)
    {
        var read = features.Where(f => f.Expression != "*" && !check.Sound.Contains(f.Expression)).ToList();
        if (read.Count == 0 || StandsAlone(check, [.. read.Select(f => f.Expression)]))
        {
            return features;
        }

        var faulty = read.Where(f => !CheckText(check, view, f)).ToHashSet(ReferenceEqualityComparer.Instance);
        return [.. features.Where(f => !faulty.Contains(f))];
    }

    /// <summary>The types of the features; null if there is a fault.</summary>
    /// <param name="check">Where faults go.</param>
    /// <param name="view">The view.</param>
    /// <param name="features">Its features.</param>
    /// <param name="relation">What stands after FROM.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IReadOnlyDictionary<string, IArrowType>?> TypesAsync(SchemaCheck check, Definition view, IReadOnlyList<Feature> features, string relation, CancellationToken cancellationToken)
    {
        var read = features.Where(f => f.Expression != "*").ToList();
        var known = await KnownTypesAsync(check, relation, cancellationToken).ConfigureAwait(false);
        var types = features.Except(read).DistinctBy(f => f.Name).ToDictionary(f => f.Name, IArrowType (_) => Int64Type.Default);
        var described = read.TrueForAll(f => known.ContainsKey(f.Expression)) ? null : await check.TryDescribeAsync(Select([.. read.Select(f => f.Expression)], relation), cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < read.Count; i++)
        {
            var feature = read[i];
            var type = described?.GetFieldByIndex(i).DataType
                ?? known.GetValueOrDefault(feature.Expression)
                ?? (await check.DescribeAsync(view, PathOf(feature), $"feature '{feature.Name}'", Select([feature.Expression], relation), cancellationToken).ConfigureAwait(false))?.GetFieldByIndex(0).DataType;
            if (type is null)
            {
                continue;
            }

            if (FeatureTypes.Of(feature, type, out var problem) is { } stored)
            {
                types[feature.Name] = stored;
            }
            else
            {
                check.Fault(view, PathOf(feature), problem!, "the types that features can have are whole numbers, doubles, booleans, texts, dates and timestamps");
            }
        }

        return features.All(f => types.ContainsKey(f.Name)) ? types : null;
    }

    public static string PathOf(Feature feature) => $"features/name={feature.Name}";

    /// <summary>The types of all expressions that views read from a relation, as far as batches of them stand; found when the first view asks.</summary>
    private static async Task<Dictionary<string, IArrowType>> KnownTypesAsync(SchemaCheck check, string relation, CancellationToken cancellationToken)
    {
        if (check.KnownTypes.TryGetValue(relation, out var known))
        {
            return known;
        }

        check.KnownTypes[relation] = known = [];
        foreach (var batch in check.ReadFrom[relation].Distinct().Where(check.Sound.Contains).Chunk(AtOnce))
        {
            if (await check.TryDescribeAsync(Select(batch, relation), cancellationToken).ConfigureAwait(false) is { } described)
            {
                for (var i = 0; i < batch.Length; i++)
                {
                    known[batch[i]] = described.GetFieldByIndex(i).DataType;
                }
            }
        }

        return known;
    }

    private static bool StandsAlone(SchemaCheck check, string[] expressions)
    {
        try
        {
            var sql = Select(expressions, Row);
            var analysis = check.Engine.Analyze(sql);

            // An expression that closes its own parenthesis could be read as several columns.
            if (analysis.VolatileFunctions.Count > 0 || analysis.Columns.Count != expressions.Length || analysis.Relations is not [Row])
            {
                return false;
            }

            _ = check.Engine.CarryColumn(sql, Carried);
            return true;
        }
        catch (SqlException)
        {
            return false;
        }
    }

    private static bool CheckText(SchemaCheck check, Definition view, Feature feature)
    {
        var sql = Select([feature.Expression], Row);
        if (check.Analyze(view, PathOf(feature), sql) is not { } analysis)
        {
            return false;
        }

        if (analysis.Columns.Count != 1)
        {
            check.Fault(view, PathOf(feature), $"the expression of feature '{feature.Name}' makes {analysis.Columns.Count} columns", "write one expression");
            return false;
        }

        if (analysis.Relations is not [Row])
        {
            check.Fault(view, PathOf(feature), $"the expression of feature '{feature.Name}' reads {string.Join(", ", analysis.Relations.Where(r => r != Row).Distinct())}", "an expression sees the row alone; join in the view's sql:");
            return false;
        }

        try
        {
            _ = check.Engine.CarryColumn(sql, Carried);
            return true;
        }
        catch (SqlException fault)
        {
            check.Fault(view, PathOf(feature), $"the expression of feature '{feature.Name}' is not of one row: {fault.Message}", "aggregate with aggregate: and window:, or move it to a pipeline");
            return false;
        }
    }

    private static string Select(string[] expressions, string relation) => $"SELECT {string.Join(", ", expressions.Select((e, i) => $"{Sql.Enclosed(e)} AS v{i}"))} FROM {relation}";
}
