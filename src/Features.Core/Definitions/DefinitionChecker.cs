using Features.Core.Engine;
using Features.Core.PointInTime;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using ArrowSchemaType = Apache.Arrow.Schema;

namespace Features.Core.Definitions;

/// <summary>
/// Holds the SQL of definitions against the engine and the tables' real schemas, before anything is applied. A table that does not stand yet is taken as its pipeline will write it, where the
/// pipeline's contract tells; else what reads it is checked when it is used.
/// </summary>
public sealed class DefinitionChecker
{
    private const string CleanSource = "source";
    private readonly DefinitionSet set;
    private readonly ISqlEngine engine;
    private readonly ISqlSession session;
    private readonly Func<string, CancellationToken, Task<Schema?>> schemaOf;
    private readonly Dictionary<string, Schema?> known = [];
    private readonly HashSet<string> added = [];
    private readonly Func<Definition, string, SourcePlace?> placeOf;
    private readonly List<DefinitionFault> faults = [];

    private DefinitionChecker(
        DefinitionSet set, ISqlEngine engine, ISqlSession session, Func<string, CancellationToken, Task<Schema?>> schemaOf, Func<Definition, string, SourcePlace?> placeOf)
    {
        this.placeOf = placeOf;
        this.set = set;
        this.engine = engine;
        this.session = session;
        this.schemaOf = schemaOf;
    }

    /// <summary>All faults; empty if the definitions can be applied. The set keeps the rules among definitions already (<see cref="DefinitionReader"/>).</summary>
    /// <param name="set">The definitions.</param>
    /// <param name="engine">Reads and types the SQL; nothing is run over data.</param>
    /// <param name="schemaOf">The current schema of a table by <c>namespace.name</c>, or null if there is none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static Task<IReadOnlyList<DefinitionFault>> CheckAsync(
        DefinitionSet set, ISqlEngine engine, Func<string, CancellationToken, Task<Schema?>> schemaOf, CancellationToken cancellationToken) =>
        CheckAsync(set, engine, schemaOf, static (definition, _) => definition.Place, cancellationToken);

    /// <summary>All faults of what was read, those found while reading among them, in the order of their places.</summary>
    /// <param name="reading">The definitions; those with a fault are checked as far as they could be read.</param>
    /// <param name="applied">Definitions that stand and that those read may refer to; one that was read anew counts as it was read.</param>
    /// <param name="engine">Reads and types the SQL; nothing is run over data.</param>
    /// <param name="schemaOf">The current schema of a table by <c>namespace.name</c>, or null if there is none.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<IReadOnlyList<DefinitionFault>> CheckAsync(
        DefinitionReading reading, DefinitionSet applied, ISqlEngine engine, Func<string, CancellationToken, Task<Schema?>> schemaOf, CancellationToken cancellationToken)
    {
        var read = new DefinitionSet([.. reading.Set.Definitions, .. reading.Drafts]);
        var found = await CheckAsync(read.Over(applied), engine, schemaOf, reading.PlaceOf, cancellationToken).ConfigureAwait(false);
        return DefinitionFault.InOrder([.. reading.Faults, .. found]);
    }

    private static async Task<IReadOnlyList<DefinitionFault>> CheckAsync(
        DefinitionSet set, ISqlEngine engine, Func<string, CancellationToken, Task<Schema?>> schemaOf, Func<Definition, string, SourcePlace?> placeOf, CancellationToken cancellationToken)
    {
        var checker = new DefinitionChecker(set, engine, await engine.OpenAsync(SqlTrust.Pipeline, cancellationToken).ConfigureAwait(false), schemaOf, placeOf);
        await using (checker.session.ConfigureAwait(false))
        {
            // Pipelines first: they say what tables that do not stand yet will be.
            foreach (var pipeline in set.Definitions.OfType<Pipeline>())
            {
                await checker.CheckAsync(pipeline, cancellationToken).ConfigureAwait(false);
            }

            foreach (var view in set.Definitions.OfType<FeatureView>())
            {
                await checker.CheckAsync(view, cancellationToken).ConfigureAwait(false);
            }

            foreach (var training in set.Definitions.OfType<TrainingSet>())
            {
                await checker.CheckAsync(training, cancellationToken).ConfigureAwait(false);
            }
        }

        return checker.faults;
    }

    private async Task CheckAsync(Pipeline pipeline, CancellationToken cancellationToken)
    {
        if (pipeline.Clean is { } clean)
        {
            if (Analyze(pipeline, "clean", clean) is not { } analysis)
            {
                return;
            }

            if (analysis.Relations is not [var only] || !string.Equals(only, CleanSource, StringComparison.OrdinalIgnoreCase))
            {
                Fault(pipeline, "clean", $"its clean SELECT reads {string.Join(", ", analysis.Relations)}", $"read '{CleanSource}' and nothing else; join in a feature view");
                return;
            }
        }

        if (pipeline.Contract is null || set.Find<Contract>(pipeline.Contract) is not { } contract)
        {
            return;
        }

        var fields = contract.Columns.Select((c, i) => new NestedField(i + 1, c.Name, Cleaning.ColumnType.Parse(c.Type) ?? new PrimitiveType(PrimitiveKind.Binary), c.Required)).ToList();
        var relation = $"_contract_{pipeline.Name}";
        await AddAsync(relation, new Schema(0, fields, []), cancellationToken).ConfigureAwait(false);
        foreach (var rule in contract.Rules)
        {
            await CheckConditionAsync(contract, $"rules/id={rule.Id}", $"rule '{rule.Id}'", rule.Expression, relation, cancellationToken).ConfigureAwait(false);
        }

        var cleaned = $"WITH {CleanSource} AS (SELECT * FROM {relation}) {pipeline.Clean ?? $"SELECT * FROM {CleanSource}"}";
        if (await DescribeAsync(pipeline, "clean", "its clean SELECT", cleaned, cancellationToken).ConfigureAwait(false) is not { } output)
        {
            return;
        }

        Cover(pipeline, "target/sort", "sort column", pipeline.Target.Sort, output);
        var table = $"_cleaned_{pipeline.Name}";
        await AddAsync(table, ArrowSchema.ToIceberg(output), cancellationToken).ConfigureAwait(false);
        known.TryAdd(pipeline.Target.Table, await schemaOf(pipeline.Target.Table, cancellationToken).ConfigureAwait(false) ?? ArrowSchema.ToIceberg(output));
        foreach (var rule in pipeline.Rules)
        {
            await CheckConditionAsync(pipeline, $"rules/id={rule.Id}", $"rule '{rule.Id}'", rule.Expression, table, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CheckAsync(FeatureView view, CancellationToken cancellationToken)
    {
        foreach (var feature in view.Features.Where(f => f.Expression != "*"))
        {
            var sql = $"SELECT {Cleaning.Sql.Enclosed(feature.Expression)} AS v FROM {view.Source}";
            if (view.Source is { Length: > 0 } && Analyze(view, PathOf(feature), sql) is not null)
            {
                RowWise(view, feature, sql);
            }
        }

        if (view.Source is not { Length: > 0 } || await SchemaAsync(view, "source", view.Source, cancellationToken).ConfigureAwait(false) is not { } schema)
        {
            return;
        }

        var columns = ArrowSchema.From(schema);
        if (set.Find<Entity>(view.EntityName) is { } entity && Cover(view, "entity", "key column", entity.Keys.Select(k => k.Name), columns))
        {
            CheckKeys(view, "entity", entity, columns, view.Source);
        }

        var clocks = new[] { view.Clocks.Event, view.Clocks.Available }.Where(c => c is { Length: > 0 }).OfType<string>().ToList();
        if (Cover(view, "clocks", "clock", clocks, columns))
        {
            CheckClocks(view, "clocks", clocks, columns);
        }

        Cover(view, "order_by", "order_by column", view.OrderBy, columns);
        foreach (var feature in view.Features.Where(f => f.Expression != "*"))
        {
            var described = await DescribeAsync(view, PathOf(feature), $"feature '{feature.Name}'", $"SELECT {Cleaning.Sql.Enclosed(feature.Expression)} AS v FROM {view.Source}", cancellationToken).ConfigureAwait(false);
            if (described is not null && FeatureTypes.Of(feature, described.GetFieldByIndex(0).DataType, out var problem) is null)
            {
                Fault(view, PathOf(feature), problem!, "the types that features can have are whole numbers, doubles, booleans, texts, dates and timestamps");
            }
        }
    }

    private async Task CheckAsync(TrainingSet training, CancellationToken cancellationToken)
    {
        if (training.Spine.Length == 0 || Analyze(training, "spine", training.Spine) is not { } analysis)
        {
            return;
        }

        var isWhole = true;
        foreach (var relation in analysis.Relations)
        {
            isWhole &= await SchemaAsync(training, "spine", relation, cancellationToken).ConfigureAwait(false) is not null;
        }

        if (!isWhole || await DescribeAsync(training, "spine", "its spine", training.Spine, cancellationToken).ConfigureAwait(false) is not { } spine)
        {
            return;
        }

        var entities = (set.Find<FeatureService>(training.Service) is { } service ? FeatureSelection.Resolve(set, service).Joined : [])
            .Select(f => set.Find<Entity>(f.View.EntityName)).OfType<Entity>().DistinctBy(e => e.Name).ToList();
        var named = new[] { training.Timestamp, training.Label?.Column }.Concat(training.SpineFeatures).Where(c => c is { Length: > 0 }).OfType<string>().Distinct();
        if (Cover(training, "spine", "spine column", named, spine) & Cover(training, "spine", "key column", entities.SelectMany(e => e.Keys.Select(k => k.Name)).Distinct(), spine)
            && training.Timestamp.Length > 0)
        {
            CheckClocks(training, "timestamp", [training.Timestamp], spine);
            foreach (var entity in entities)
            {
                CheckKeys(training, "spine", entity, spine, "the spine");
            }
        }
    }

    private void CheckKeys(Definition definition, string path, Entity entity, ArrowSchemaType columns, string where)
    {
        foreach (var key in entity.Keys)
        {
            var type = columns.GetFieldByName(key.Name).DataType;
            if (KeyFamilies.Of(type) is not { } family || !KeyFamilies.Fits(key.Type, family))
            {
                Fault(definition, path, $"the key '{key.Name}' of entity '{entity.Name}' is declared {key.Type} and is {FeatureTypes.Name(type)} in {where}", "cast it, or correct the entity");
            }
        }
    }

    private void CheckClocks(Definition definition, string path, IEnumerable<string> clocks, ArrowSchemaType columns)
    {
        foreach (var clock in clocks)
        {
            if (CellReader.ClockProblem(columns.GetFieldByName(clock).DataType, clock) is { } problem)
            {
                Fault(definition, path, problem, "choose another column, or cast it where the table is written");
            }
        }
    }

    private async Task CheckConditionAsync(Definition definition, string path, string what, string expression, string relation, CancellationToken cancellationToken)
    {
        var sql = $"SELECT {Cleaning.Sql.Enclosed(expression)} AS v FROM {relation}";
        if (Analyze(definition, path, sql) is not null
            && await DescribeAsync(definition, path, what, sql, cancellationToken).ConfigureAwait(false) is { } described
            && described.GetFieldByIndex(0).DataType is not Apache.Arrow.Types.BooleanType)
        {
            Fault(definition, path, $"{what} is no condition: '{expression}' is {FeatureTypes.Name(described.GetFieldByIndex(0).DataType)}", "write one that is true for a good row");
        }
    }

    /// <summary>The analysis of repeatable SQL; null if there is a fault.</summary>
    private SelectAnalysis? Analyze(Definition definition, string path, string sql)
    {
        try
        {
            var analysis = engine.Analyze(sql);
            if (analysis.VolatileFunctions.Count == 0)
            {
                return analysis;
            }

            Fault(definition, path, $"its SQL calls {string.Join(", ", analysis.VolatileFunctions)}, whose result differs from run to run", "use columns of the row instead");
        }
        catch (SqlException fault)
        {
            Fault(definition, path, $"its SQL does not stand: {fault.Message}", $"correct: {sql}");
        }

        return null;
    }

    private void RowWise(FeatureView view, Feature feature, string sql)
    {
        try
        {
            _ = engine.CarryColumn(sql, view.Clocks.Event);
        }
        catch (SqlException fault)
        {
            Fault(view, PathOf(feature), $"the expression of feature '{feature.Name}' is not of one row: {fault.Message}", "aggregate with aggregate: and window:, or move it to a pipeline");
        }
    }

    private async Task<ArrowSchemaType?> DescribeAsync(Definition definition, string path, string what, string sql, CancellationToken cancellationToken)
    {
        try
        {
            return await session.DescribeAsync(sql, cancellationToken).ConfigureAwait(false);
        }
        catch (SqlException fault)
        {
            Fault(definition, path, $"{what} does not fit the columns it reads: {fault.Message}", $"correct: {sql}");
            return null;
        }
    }

    /// <summary>A table's schema, made known to the session; null, perhaps with a fault, if it is not to be had yet.</summary>
    private async Task<Schema?> SchemaAsync(Definition definition, string path, string table, CancellationToken cancellationToken)
    {
        if (!known.TryGetValue(table, out var schema))
        {
            known[table] = schema = await schemaOf(table, cancellationToken).ConfigureAwait(false);
        }

        var targets = set.Definitions.OfType<Pipeline>().Select(p => p.Target.Table).ToList();
        if (schema is null && !targets.Contains(table))
        {
            Fault(definition, path, $"there is no table '{table}', and no pipeline writes it", NearNames.Hint(table, targets, "pipelines' targets"));
        }

        if (schema is not null)
        {
            await AddAsync(table, schema, cancellationToken).ConfigureAwait(false);
        }

        return schema;
    }

    /// <summary>Makes an empty relation of a schema.</summary>
    private async Task AddAsync(string name, Schema schema, CancellationToken cancellationToken)
    {
        if (added.Add(name))
        {
            var plan = new ScanPlan { TableName = name, TableUuid = null, Snapshot = null, Projection = schema, Tasks = [], Report = ScanReport.Empty };
            await session.AddTableAsync(name, plan, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool Cover(Definition definition, string path, string what, IEnumerable<string> names, ArrowSchemaType schema)
    {
        var columns = schema.FieldsList.Select(f => f.Name).ToList();
        var missing = names.Where(n => !columns.Contains(n)).ToList();
        foreach (var name in missing)
        {
            Fault(definition, path, $"the {what} '{name}' does not exist", NearNames.Hint(name, columns, "columns"));
        }

        return missing.Count == 0;
    }

    private static string PathOf(Feature feature) => $"features/name={feature.Name}";

    private void Fault(Definition definition, string path, string problem, string remedy) =>
        faults.Add(new DefinitionFault(placeOf(definition, path), $"{definition.Kind} '{definition.Name}'", problem, remedy));
}
