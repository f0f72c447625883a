using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Apache.Arrow;
using Features.Cli.Output;
using Features.Core.PointInTime;
using Features.Iceberg;
using Features.Server.Workspaces;
using Table = Features.Iceberg.Table;

namespace Features.Cli.Commands;

/// <summary><c>features historical</c>: features as they were known at the moments of a spine's rows.</summary>
internal static class HistoricalCommand
{
    public static Command Create(CliConsole console)
    {
        var features = new Option<string?>("--features") { Description = "Features by view, separated by commas: view:feature, view:*, or view[key=column]@alias:feature for keys that the spine calls otherwise.", HelpName = "a:x,b:*" };
        var service = new Option<string?>("--service") { Description = "Join the features of this feature service.", HelpName = "NAME" };
        var spine = new Option<string?>("--spine") { Description = "The rows to join to: a Parquet, CSV, JSON or Arrow file, a table, or one SELECT.", HelpName = "FILE|TABLE|SQL" };
        var timestamp = new Option<string?>("--timestamp") { Description = "The spine's column that says as of when.", HelpName = "COLUMN" };
        var from = Time("--from", "Without a spine: every event of the first feature's view from this time on is a row.");
        var to = Time("--to", "Without a spine: the time before which events are rows.");
        var fullNames = new Option<bool>("--full-names") { Description = "Call features view__feature." };
        var numbers = new Option<bool>("--row-numbers") { Description = "Give each row's place in the spine, in the column _row." };
        var snapshots = new Option<string[]>("--snapshot") { Description = "Read a table at this snapshot; may be given many times.", HelpName = "TABLE=ID", AllowMultipleArgumentsPerToken = false };
        snapshots.Validators.Add(result => SnapshotChoice.Check(result, "--snapshot", t => Snapshot(t) is not null, "names no snapshot of a table; write namespace.name=ID ('features table history TABLE' lists the ids)"));
        var memory = new Option<int>("--memory") { Description = "MiB that the join may hold beside the engine's own; what does not fit is joined in parts.", HelpName = "MIB", DefaultValueFactory = _ => (int)(new JoinOptions().MemoryBytes >> 20) };
        var into = new Option<string?>("--into") { Description = "Write the rows into this new table.", HelpName = "TABLE" };
        var (format, output, json, folder) = (Verb.Format("table"), Verb.Out(), Verb.Json(), Verb.Workspace());
        return Verb.Create(
            "historical",
            "Join features to rows as they were known at each row's moment: one row for each, in their order.",
            "features historical --features \"origin_delays:*\" --spine \"SELECT origin, departs_at FROM flights.departures WHERE delay > 60\" --timestamp departs_at --format csv",
            features, service, spine, timestamp, from, to, fullNames, numbers, snapshots, memory, into, format, output, json, folder).Does(async (parse, cancellationToken) =>
        {
            var query = new HistoricalQuery(Spine(parse.GetValue(spine), parse.GetValue(timestamp), Moment(parse.GetValue(from)), Moment(parse.GetValue(to))))
            {
                Features = References(parse.GetValue(features)),
                Service = parse.GetValue(service),
                FullNames = parse.GetValue(fullNames),
                MemoryBytes = (long)parse.GetValue(memory) << 20,
                Snapshots = (parse.GetValue(snapshots) ?? []).Select(s => Snapshot(s)!.Value).DistinctBy(s => s.Table).ToDictionary(s => s.Table, s => s.Id),
            };
            var target = parse.GetValue(into) is { } name ? TableIdentifier.TryParse(name) ?? throw new CliException(CliException.Usage, $"--into '{name}' is no table; write namespace.name") : null;
            if (target is not null && parse.GetValue(output) is not null)
            {
                throw new CliException(CliException.Usage, "the rows go to a table (--into) or to a file (--out); give one of them");
            }

            await using var workspace = await Workspace.OpenAsync(parse.GetValue(folder), cancellationToken);
            await using var joined = await workspace.JoinAsync(query, cancellationToken);
            var rows = new Rows(joined, parse.GetValue(numbers));
            if (target is null)
            {
                await QueryOutput.WriteAsync(console, rows.Schema, rows.ReadAsync(cancellationToken), parse.GetValue(json) ? "json" : parse.GetRequiredValue(format), parse.GetValue(output), cancellationToken);
                return;
            }

            var table = await workspace.WriteNewTableAsync(target, rows.Schema, rows.ReadAsync(cancellationToken), cancellationToken);
            if (parse.GetValue(json))
            {
                console.Json(Describe(table, joined));
            }
            else
            {
                await console.Out.WriteLineAsync($"{joined.RowCount:N0} rows written to {target}");
            }
        });
    }

    private static JsonObject Describe(Table table, JoinedRows joined) => new()
    {
        ["table"] = table.Identifier!.ToString(),
        ["uuid"] = table.Metadata.TableUuid.ToString(),
        ["snapshot"] = table.Metadata.CurrentSnapshotId?.ToString(CultureInfo.InvariantCulture),
        ["rows"] = joined.RowCount,
        ["sources"] = new JsonArray([.. joined.Sources.Select(s => new JsonObject
        {
            ["table"] = s.Table.Identifier!.ToString(),
            ["uuid"] = s.Table.Metadata.TableUuid.ToString(),
            ["snapshot"] = s.Plan.Snapshot?.SnapshotId.ToString(CultureInfo.InvariantCulture),
        })]),
    };

    private static Spine Spine(string? spine, string? timestamp, DateTimeOffset? from, DateTimeOffset? to) => (spine, timestamp, from, to) switch
    {
        (null, null, { } begin, { } end) => new EventsSpine(begin, end),
        ({ } text, { } column, null, null) => Spine(text.Trim(), column),
        (null, _, _, _) => throw new CliException(CliException.Usage, "say which rows to join to: --spine with --timestamp, or --from and --to for the events of the first feature's view"),
        (_, null, _, _) => throw new CliException(CliException.Usage, "--spine needs --timestamp COLUMN: its column that says as of when"),
        _ => throw new CliException(CliException.Usage, "--from and --to are for a join without a spine; restrict the spine by its own WHERE"),
    };

    private static Spine Spine(string text, string timestamp) =>
        File.Exists(text) ? new FileSpine(new(text, FileRows.FormatOf(text)), timestamp)
        : text.Any(char.IsWhiteSpace) ? new SqlSpine(text, timestamp)
        : TableIdentifier.TryParse(text) is not null && !text.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal) ? new SqlSpine($"SELECT * FROM {text}", timestamp)
        : throw new CliException("no-spine", $"'{text}' is no file, no table and no SELECT; check the path, or write namespace.name");

    /// <summary>References between commas; those within brackets are part of one.</summary>
    private static IReadOnlyList<string> References(string? text)
    {
        var (references, depth, start) = (new List<string>(), 0, 0);
        for (var i = 0; text is not null && i <= text.Length; i++)
        {
            if (i == text.Length || (text[i] == ',' && depth == 0))
            {
                references.Add(text[start..i].Trim());
                start = i + 1;
            }
            else
            {
                depth += text[i] == '[' ? 1 : text[i] == ']' ? -1 : 0;
            }
        }

        return [.. references.Where(r => r.Length > 0)];
    }

    private static (string Table, long Id)? Snapshot(string text) =>
        text.LastIndexOf('=') is > 0 and var at && SnapshotChoice.SnapshotId(text[(at + 1)..]) is { } id ? (text[..at], id) : null;

    private static Option<string?> Time(string name, string description)
    {
        var time = new Option<string?>(name) { Description = description, HelpName = "TIME" };
        time.Validators.Add(result => SnapshotChoice.Check(result, name, text => CliTime.TryParse(text) is not null, CliTime.Form));
        return time;
    }

    private static DateTimeOffset? Moment(string? text) => text is null ? null : CliTime.TryParse(text);

    /// <summary>The joined rows, with their numbers or without.</summary>
    private sealed class Rows(JoinedRows joined, bool withNumbers)
    {
        public Schema Schema { get; } = withNumbers ? joined.Schema : new Schema([.. joined.Schema.FieldsList.Skip(1)], joined.Schema.Metadata);

        public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var batch in joined.ReadAsync(cancellationToken))
            {
                if (withNumbers)
                {
                    yield return batch;
                    continue;
                }

                batch.Column(0).Dispose();
                yield return new RecordBatch(Schema, batch.Arrays.Skip(1), batch.Length);
            }
        }
    }
}
