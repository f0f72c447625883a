using System.Text.Json.Nodes;
using Features.Core.Online;
using Spectre.Console;
using Table = Spectre.Console.Table;

namespace Features.Cli.Output;

/// <summary>An online answer, a row an entity: one JSON object a line, or a table for people. Values have the forms of <see cref="JsonValue"/>.</summary>
internal static class OnlineRows
{
    public static void Write(CliConsole console, OnlineAnswer answer, bool statuses, bool isJson)
    {
        if (isJson)
        {
            for (var row = 0; row < answer.Rows; row++)
            {
                console.Json(Object(answer, row, statuses));
            }

            return;
        }

        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in answer.Columns)
        {
            table.AddColumn(new TableColumn(Markup.Escape(column.Name)) { NoWrap = true, Alignment = IsNumber(column) ? Justify.Right : Justify.Left });
        }

        for (var row = 0; row < answer.Rows; row++)
        {
            table.AddRow([.. answer.Columns.Select(c => Markup.Escape(Cell(c, row, statuses)))]);
        }

        console.People.Write(table);
    }

    /// <summary>The name that Feast's clients have for a status.</summary>
    public static string NameOf(FeatureStatus status) => status switch
    {
        FeatureStatus.Present => "PRESENT",
        FeatureStatus.NullValue => "NULL_VALUE",
        FeatureStatus.NotFound => "NOT_FOUND",
        _ => "OUTSIDE_MAX_AGE",
    };

    private static JsonObject Object(OnlineAnswer answer, int row, bool statuses)
    {
        var line = new JsonObject();
        foreach (var column in answer.Columns)
        {
            line[column.Name] = Node(column.Values[row]);
        }

        if (statuses)
        {
            line["_statuses"] = new JsonObject(answer.Columns.Where(c => !c.IsKey).Select(c => KeyValuePair.Create(c.Name, (JsonNode?)NameOf(c.Statuses[row]))));
            line["_event_timestamps"] = new JsonObject(answer.Columns.Where(c => c.EventMicros[row] != OnlineColumn.NoEvent)
                .Select(c => KeyValuePair.Create(c.Name, (JsonNode?)FeatureValue.OfTimestamp(c.EventMicros[row]).ToString())));
        }

        return line;
    }

    private static JsonNode? Node(FeatureValue value) => value.Kind switch
    {
        FeatureValueKind.Null => null,
        FeatureValueKind.Boolean => value.AsBoolean(),
        FeatureValueKind.Integer => value.AsInteger(),
        FeatureValueKind.Float when double.IsFinite(value.AsFloat()) => value.AsFloat(),
        FeatureValueKind.List => new JsonArray([.. value.AsList().Select(Node)]),
        _ => value.ToString(),
    };

    private static string Cell(OnlineColumn column, int row, bool statuses) =>
        column.Values[row].ToString() + (statuses && !column.IsKey && column.Statuses[row] != FeatureStatus.Present ? $" ({NameOf(column.Statuses[row])})" : "");

    private static bool IsNumber(OnlineColumn column) => column.Type is Apache.Arrow.Types.NumberType or Apache.Arrow.Types.Decimal128Type;
}
