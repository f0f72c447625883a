using Features.Core.Engine;
using Features.Core.PointInTime;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using ArrowSchemaType = Apache.Arrow.Schema;

namespace Features.Core.Definitions.Checking;

/// <summary>A feature view over what it reads: keys, clocks, order and expressions.</summary>
internal static class ViewCheck
{
    private static readonly string[] WordsOfKnowing = ["known", "available", "availability", "created", "ingested", "loaded", "arrived", "received", "recorded", "processed"];

    public static async Task RunAsync(SchemaCheck check, FeatureView view, CancellationToken cancellationToken)
    {
        var sound = ExpressionCheck.CheckText(check, view, view.Features);
        if (await SourceAsync(check, view, cancellationToken).ConfigureAwait(false) is not var (source, columns))
        {
            return;
        }

        if (check.Set.Find<Entity>(view.EntityName) is { } entity && check.Cover(view, "entity", "key column", entity.Keys.Select(k => k.Name), columns))
        {
            foreach (var key in entity.Keys)
            {
                check.CheckKey(view, "entity", entity, key, key.Name, columns, view.Source ?? "its sql");
            }
        }

        var clocks = new[] { view.Clocks.Event, view.Clocks.Available }.Where(c => c is { Length: > 0 }).OfType<string>().ToList();
        if (check.Cover(view, "clocks", "clock", clocks, columns))
        {
            check.CheckClocks(view, "clocks", clocks, columns);
            WarnOfOneClock(check, view, columns);
        }

        check.Cover(view, "order_by", "order_by column", view.OrderBy, columns);
        WarnOfNames(check, view);
        if (await ExpressionCheck.TypesAsync(check, view, sound, source.Relation, cancellationToken).ConfigureAwait(false) is { } types && sound.Count == view.Features.Count)
        {
            check.Record(view, types);
        }
    }

    /// <summary>The tables that a view reads; none if its SQL does not stand.</summary>
    public static IReadOnlyList<string> TablesOf(SchemaCheck check, FeatureView view)
    {
        try
        {
            return ViewSource.Of(view, check.Set, check.Engine).Tables;
        }
        catch (SqlException)
        {
            return [];
        }
    }

    private static async Task<(ViewSource Source, ArrowSchemaType Columns)?> SourceAsync(SchemaCheck check, FeatureView view, CancellationToken cancellationToken)
    {
        var path = view.Sql is null ? "source" : "sql";
        if (view.Sql is { } sql)
        {
            if (sql.Length == 0 || check.Analyze(view, path, sql) is not { } analysis)
            {
                return null;
            }

            if (analysis.Relations.Count == 0)
            {
                check.Fault(view, path, "its SQL reads no table", "select from a table, namespace.name, or from a source");
                return null;
            }
        }
        else if (view.Source is not { Length: > 0 } name || (TableIdentifier.TryParse(name) is null && check.Set.Find<FeatureSource>(name) is null))
        {
            // The rules have said so.
            return null;
        }

        var source = ViewSource.Of(view, check.Set, check.Engine);
        var isWhole = true;
        foreach (var table in source.Tables)
        {
            isWhole &= await check.SchemaAsync(view, path, table, cancellationToken).ConfigureAwait(false) is not null;
        }

        if (!isWhole)
        {
            return null;
        }

        // A table's columns need no engine.
        var columns = source.Tables is [var only] && only == source.Relation
            ? ArrowSchema.From((await check.SchemaAsync(view, path, only, cancellationToken).ConfigureAwait(false))!)
            : await check.DescribeAsync(view, path, view.Sql is null ? "its source" : "its sql", $"SELECT * FROM {source.Relation}", cancellationToken).ConfigureAwait(false);
        return columns is null ? null : (source, columns);
    }

    /// <summary>A join's rows have the keys, and those made of a view's events their moment.</summary>
    private static void WarnOfNames(SchemaCheck check, FeatureView view)
    {
        foreach (var feature in view.Features.Where(f => f.Name == EventsSpine.TimestampColumn || check.Set.Find<Entity>(view.EntityName)?.Keys.Any(k => k.Name == f.Name) == true))
        {
            check.Warn(view, ExpressionCheck.PathOf(feature), $"feature '{feature.Name}' is called like {(feature.Name == EventsSpine.TimestampColumn ? "the moment of a row" : "a key of its entity")}, and both stand in what is joined", "rename it; else it is joined with full names only");
        }
    }

    private static void WarnOfOneClock(SchemaCheck check, FeatureView view, ArrowSchemaType columns)
    {
        if (view.Clocks.Available is not null)
        {
            return;
        }

        var second = columns.FieldsList.FirstOrDefault(c => c.Name != view.Clocks.Event && !view.OrderBy.Contains(c.Name) && CellReader.ClockProblem(c.DataType, c.Name) is null
            && c.Name.Split('_').Any(word => WordsOfKnowing.Contains(word, StringComparer.OrdinalIgnoreCase)));
        if (second is not null)
        {
            check.Warn(view, "clocks", $"its rows are taken to be known when they happen, and '{second.Name}' may say when they were", $"write available: {second.Name} if it does; a row then never sees what was not known");
        }
    }
}
