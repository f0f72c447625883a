using Features.Core.Cleaning;
using Features.Core.Engine;

namespace Features.Core.Definitions;

/// <summary>What a view's rows are read from, for SQL.</summary>
/// <param name="Relation">What stands after FROM: a table, or a SELECT in parentheses.</param>
/// <param name="Tables">The tables that it reads, <c>namespace.name</c>, each once.</param>
internal sealed record ViewSource(string Relation, IReadOnlyList<string> Tables)
{
    /// <summary>Resolves a view's source. A name without a namespace that is no source reads as it stands; the checker says so.</summary>
    public static ViewSource Of(FeatureView view, DefinitionSet set, ISqlEngine engine) =>
        view.Sql is null ? Of(view.Source ?? "", set) : OfSql(view.Sql, set, engine);

    /// <summary>Resolves a SELECT over tables and sources.</summary>
    public static ViewSource OfSql(string sql, DefinitionSet set, ISqlEngine engine)
    {
        var relations = engine.Analyze(sql).Relations.Distinct(StringComparer.Ordinal).ToList();
        var sources = relations.Where(r => set.Find<FeatureSource>(r) is not null).Select(r => $"{Sql.Name(r)} AS (SELECT * FROM {Of(r, set).Relation})").ToList();
        var with = sources.Count == 0 ? "" : $"WITH {string.Join(", ", sources)} ";
        return new ViewSource($"({with}SELECT * FROM (\n{sql}\n))", [.. relations.Select(r => Of(r, set).Tables[0]).Distinct(StringComparer.Ordinal)]);
    }

    private static ViewSource Of(string name, DefinitionSet set)
    {
        if (set.Find<FeatureSource>(name) is not { } source)
        {
            return new ViewSource(name, [name]);
        }

        var renamed = source.Fields.Select(f => $"{Sql.Name(f.Value)} AS {Sql.Name(f.Key)}").ToList();
        return new ViewSource(renamed.Count == 0 ? source.TableName : $"(SELECT * RENAME ({string.Join(", ", renamed)}) FROM {source.TableName})", [source.TableName]);
    }
}
