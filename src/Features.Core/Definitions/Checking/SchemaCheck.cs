using Apache.Arrow.Types;
using Features.Core.Engine;
using Features.Core.PointInTime;
using Features.Iceberg.DataFiles;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;
using ArrowSchemaType = Apache.Arrow.Schema;

namespace Features.Core.Definitions.Checking;

/// <summary>One run of the checks: the session with the empty relations that SQL is typed over, and what was found.</summary>
internal sealed class SchemaCheck(
    DefinitionSet set, ISqlEngine engine, ISqlSession session, Func<string, CancellationToken, Task<Schema?>> schemaOf, Func<Definition, string, SourcePlace?> placeOf)
{
    private readonly Dictionary<string, Schema?> known = [];
    private readonly HashSet<string> added = [];
    private readonly List<DefinitionFault> faults = [];
    private readonly List<DefinitionFault> warnings = [];
    private readonly Dictionary<Definition, IReadOnlyDictionary<string, IArrowType>> types = new(ReferenceEqualityComparer.Instance);

    // What cannot be read is said once, however many read it.
    private readonly HashSet<string> unreadable = [];

    public DefinitionSet Set { get; } = set;

    public ISqlEngine Engine { get; } = engine;

    /// <summary>Expressions that were found to be of one row and repeatable.</summary>
    public HashSet<string> Sound { get; } = [];

    /// <summary>The expressions that views with a source read, by relation (<see cref="ViewSource.Relation"/>).</summary>
    public ILookup<string, string> ReadFrom { get; } = set.Definitions.OfType<FeatureView>().Where(v => v.Sql is null)
        .SelectMany(v => v.Features.Where(f => f.Expression != "*").Select(f => (ViewSource.Of(v, set, engine).Relation, f.Expression))).ToLookup(e => e.Relation, e => e.Expression);

    /// <summary>The types of expressions over relations, as far as they are known.</summary>
    public Dictionary<string, Dictionary<string, IArrowType>> KnownTypes { get; } = [];

    /// <summary>The types of a view's features; null if they are not known (yet).</summary>
    public IReadOnlyDictionary<string, IArrowType>? TypesOf(Definition view) => types.GetValueOrDefault(view);

    public void Record(Definition view, IReadOnlyDictionary<string, IArrowType> features) => types[view] = features;

    public DefinitionCheck Result() => new(
        faults,
        warnings,
        // Two of one name are a fault already; what the first one is counts.
        types.DistinctBy(t => (t.Key.Kind, t.Key.Name)).ToDictionary(t => $"{t.Key.Kind}/{t.Key.Name}", t => (IReadOnlyDictionary<string, string>)t.Value.ToDictionary(f => f.Key, f => IcebergName(f.Value))));

    public static string IcebergName(IArrowType type) => SchemaJson.NameOf(ArrowSchema.ToIceberg(new ArrowSchemaType([new Apache.Arrow.Field("v", type, nullable: true)], null)).Fields[0].Type);

    /// <summary>The analysis of repeatable SQL; null if there is a fault.</summary>
    public SelectAnalysis? Analyze(Definition definition, string path, string sql)
    {
        try
        {
            var analysis = Engine.Analyze(sql);
            if (analysis.VolatileFunctions.Count == 0)
            {
                return analysis;
            }

            Fault(definition, path, $"its SQL calls {string.Join(", ", analysis.VolatileFunctions)}, whose result differs from run to run", "use columns of the row instead");
        }
        catch (SqlException fault)
        {
            Fault(definition, path, $"its SQL does not stand: {fault.Message}", $"correct it; in: {sql}");
        }

        return null;
    }

    public async Task<ArrowSchemaType?> DescribeAsync(Definition definition, string path, string what, string sql, CancellationToken cancellationToken)
    {
        try
        {
            return await session.DescribeAsync(sql, cancellationToken).ConfigureAwait(false);
        }
        catch (SqlException fault)
        {
            Fault(definition, path, $"{what} does not fit the columns it reads: {fault.Message}", $"correct it; in: {sql}");
            return null;
        }
    }

    /// <summary>The columns of SQL that may be at fault; null if it is.</summary>
    public async Task<ArrowSchemaType?> TryDescribeAsync(string sql, CancellationToken cancellationToken)
    {
        try
        {
            return await session.DescribeAsync(sql, cancellationToken).ConfigureAwait(false);
        }
        catch (SqlException)
        {
            return null;
        }
    }

    /// <summary>A table's schema, made known to the session; null, perhaps with a fault, if it is not to be had yet.</summary>
    public async Task<Schema?> SchemaAsync(Definition definition, string path, string table, CancellationToken cancellationToken)
    {
        if (!known.TryGetValue(table, out var schema))
        {
            try
            {
                known[table] = schema = await schemaOf(table, cancellationToken).ConfigureAwait(false);
            }
            catch (FeaturesException fault)
            {
                known[table] = schema = null;
                unreadable.Add(table);
                Fault(definition, path, fault.Message, "mend it, and apply again");
            }
        }

        var targets = Set.Definitions.OfType<Pipeline>().Select(p => p.Target.Table).ToList();
        if (schema is null && !targets.Contains(table) && !unreadable.Contains(table))
        {
            var sources = Set.Definitions.OfType<FeatureSource>().Select(s => s.Name).ToList();
            if (Set.Find<FeatureSource>(table) is { } source)
            {
                Fault(definition, path, $"there is no table '{table}', and no pipeline writes it", $"write {source.TableName} for the source '{table}'");
            }
            else if (table.Contains('.', StringComparison.Ordinal))
            {
                Fault(definition, path, $"there is no table '{table}', and no pipeline writes it", $"declare it with kind: Source or a pipeline: {NearNames.Hint(table, [.. targets, .. sources], "tables and sources")}");
            }
            else
            {
                Fault(definition, path, $"there is no source '{table}'", $"write namespace.name for a table, or declare it with kind: Source: {NearNames.Hint(table, [.. targets, .. sources], "tables and sources")}");
            }
        }

        if (schema is not null)
        {
            await AddAsync(table, schema, cancellationToken).ConfigureAwait(false);
        }

        return schema;
    }

    /// <summary>Says what a table that does not stand will be.</summary>
    public async Task ForeseeAsync(string table, Schema schema, CancellationToken cancellationToken) =>
        known.TryAdd(table, await schemaOf(table, cancellationToken).ConfigureAwait(false) ?? schema);

    /// <summary>Makes an empty relation of a schema.</summary>
    public async Task AddAsync(string name, Schema schema, CancellationToken cancellationToken)
    {
        if (added.Add(name))
        {
            var plan = new ScanPlan { TableName = name, TableUuid = null, Snapshot = null, Projection = schema, Tasks = [], Report = ScanReport.Empty };
            await session.AddTableAsync(name, plan, cancellationToken).ConfigureAwait(false);
        }
    }

    public bool Cover(Definition definition, string path, string what, IEnumerable<string> names, ArrowSchemaType schema)
    {
        var columns = schema.FieldsList.Select(f => f.Name).ToList();
        var missing = names.Where(n => !columns.Contains(n)).ToList();
        foreach (var name in missing)
        {
            Fault(definition, path, $"the {what} '{name}' does not exist", NearNames.Hint(name, columns, "columns"));
        }

        return missing.Count == 0;
    }

    public void CheckKey(Definition definition, string path, Entity entity, EntityKey key, string column, ArrowSchemaType columns, string where)
    {
        var type = columns.GetFieldByName(column).DataType;
        if (KeyFamilies.Of(key.Type, type) is null)
        {
            Fault(definition, path, $"the key '{key.Name}' of entity '{entity.Name}' is declared {key.Type} and is {FeatureTypes.Name(type)} in {where}", "cast it, or correct the entity");
        }
    }

    public void CheckClocks(Definition definition, string path, IEnumerable<string> clocks, ArrowSchemaType columns)
    {
        foreach (var clock in clocks)
        {
            if (CellReader.ClockProblem(columns.GetFieldByName(clock).DataType, clock) is { } problem)
            {
                Fault(definition, path, problem, "choose another column, or cast it where the table is written");
            }
        }
    }

    public void Fault(Definition definition, string path, string problem, string remedy) => faults.Add(At(definition, path, problem, remedy));

    public void Warn(Definition definition, string path, string problem, string remedy) => warnings.Add(At(definition, path, problem, remedy));

    private DefinitionFault At(Definition definition, string path, string problem, string remedy) => new(placeOf(definition, path), $"{definition.Kind} '{definition.Name}'", problem, remedy);
}
