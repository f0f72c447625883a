using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.Ingestion;
using Features.Core.Materialization;
using Features.Iceberg;
using Features.Iceberg.DataFiles;
using Features.Server.Online.Frames;
using Features.Server.Online.Json;
using Features.Server.Workspaces;

namespace Features.Server.Online;

/// <summary>Rows that come as JSON, typed as what they go into, and handed on.</summary>
internal sealed class OnlineWrites(Workspace workspace)
{
    // What Feast's clients send with every row, whether a view has it or not.
    private static readonly string[] Unneeded = ["created"];
    private const string FeastEvent = "event_timestamp";

    /// <summary>Pushes rows to a push source.</summary>
    public async Task<PushResult> PushAsync(PushRequest request, Reader reader, CancellationToken cancellationToken)
    {
        // What is unknown is told by who takes the rows; here only the columns' types are needed.
        var definitions = await workspace.Registry.LoadAsync(cancellationToken);
        var table = definitions.Find<PushSource>(request.Name) is { } source && TableIdentifier.TryParse(source.Table) is { } name
            ? await workspace.Reads.LoadAsync(name, cancellationToken)
            : throw new OnlineFault(404, "PushSourceNotFoundException", $"no definition in force declares the push source '{request.Name}' ({Known(definitions)})");
        using var rows = Frame.ToBatch(request.Columns, ArrowSchema.From(table.Metadata.CurrentSchema), $"table '{source.Table}'");
        return await workspace.Pushes.PushAsync(request.Name, rows, request.To, reader, request.PushId, cancellationToken);
    }

    /// <summary>Puts rows of one view online.</summary>
    public async Task<PushResult> WriteAsync(PushRequest request, Reader reader, CancellationToken cancellationToken)
    {
        var writes = workspace.Online.Writes;
        var schema = await writes.DescribeAsync(request.Name, cancellationToken);
        var columns = request.Columns;
        var clock = (await workspace.Registry.LoadAsync(cancellationToken)).Find<FeatureView>(request.Name)!.Clocks.Event;
        if (columns.TryGetValue(FeastEvent, out var times) && !columns.ContainsKey(clock))
        {
            columns = columns.Where(c => c.Key != FeastEvent || schema.GetFieldIndex(FeastEvent) >= 0).Append(new(clock, times)).ToDictionary();
        }

        using var rows = Frame.ToBatch(columns, schema, $"view '{request.Name}'", Unneeded);
        await writes.WriteAsync(request.Name, rows, reader, cancellationToken);
        return new PushResult(rows.Length, 0, null, [new PushedView(request.Name, rows.Length, null)]);
    }

    private static string Known(DefinitionSet definitions) =>
        string.Join(", ", definitions.Definitions.OfType<PushSource>().Select(p => p.Name)) is { Length: > 0 } names ? $"there are: {names}" : "there is none; declare one with kind: PushSource";
}
