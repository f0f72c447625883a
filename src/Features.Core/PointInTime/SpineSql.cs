using System.Globalization;
using Features.Core.Cleaning;
using Features.Core.Definitions;
using Features.Core.Engine;

namespace Features.Core.PointInTime;

/// <summary>A spine's SELECT and the tables that it reads; null and none for one that is given as it is.</summary>
internal sealed record SpineSql(string? Text, IReadOnlyList<string> Tables)
{
    private const string Source = "_source";

    public static SpineSql Of(JoinRequest request, IReadOnlyList<ViewUse> uses, ISqlEngine engine) => request.Spine switch
    {
        SqlSpine sql => Of(sql, request.Definitions, engine),
        EventsSpine events => Of(events, uses),
        _ => new SpineSql(null, []),
    };

    private static SpineSql Of(SqlSpine spine, DefinitionSet definitions, ISqlEngine engine)
    {
        var source = ViewSource.OfSql(spine.Sql, definitions, engine);
        return new SpineSql(source.Tables.SequenceEqual(engine.Analyze(spine.Sql).Relations.Distinct(StringComparer.Ordinal)) ? spine.Sql : $"SELECT * FROM {source.Relation} AS _given", source.Tables);
    }

    private static SpineSql Of(EventsSpine spine, IReadOnlyList<ViewUse> uses)
    {
        if (uses.Count == 0)
        {
            throw new PointInTimeException("without a spine, the events of the first feature's view are the rows; ask for a feature of a view");
        }

        if (spine.To <= spine.From)
        {
            throw new PointInTimeException($"the range from {spine.From:O} to {spine.To:O} holds no moment; let it end after it begins");
        }

        var use = uses[0];
        var clock = $"{Source}.{Sql.Name(use.View.Clocks.Event)}";
        var keys = use.Entity.Keys.Select(k => (Read: $"{Source}.{Sql.Name(k.Name)}", Name: use.ColumnOf(k.Name))).ToList();
        var where = keys.Select(k => $"{k.Read} IS NOT NULL").Append($"{clock} >= {Literal(spine.From)}").Append($"{clock} < {Literal(spine.To)}");
        var text = $"SELECT {string.Join(", ", keys.Select(k => $"{k.Read} AS {Sql.Name(k.Name)}"))}, {clock} AS {EventsSpine.TimestampColumn} FROM {use.Source.Relation} AS {Source} WHERE {string.Join(" AND ", where)}";
        return new SpineSql(text, use.Source.Tables);
    }

    private static string Literal(DateTimeOffset moment) => string.Create(CultureInfo.InvariantCulture, $"TIMESTAMP '{moment.UtcDateTime:yyyy-MM-dd HH:mm:ss.ffffff}'");
}
