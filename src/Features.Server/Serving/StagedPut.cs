using Apache.Arrow;
using Apache.Arrow.Ipc;
using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Flight.Protocol;
using Features.Flight.Serving.Put;
using Features.Iceberg;
using Features.Iceberg.Storage;
using Features.Server.Ingest;
using Features.Server.Workspaces;

namespace Features.Server.Serving;

/// <summary>
/// A put on its way: its rows are staged in a file that nobody sees until it is whole, which is then published under the put's id and taken into the inbox. From there
/// it goes the way of every file, exactly once; whoever sends it again meets the same file and the same batch.
/// </summary>
internal sealed class StagedPut : IFlightPut
{
    private const string Source = "put";
    private static readonly LocalObjectStore Storage = new();

    private readonly Workspace workspace;
    private readonly PutRoute route;
    private readonly string id;
    private readonly string path;
    private readonly ObjectWriter file;
    private readonly HashedStream content;
    private readonly ArrowStreamWriter writer;

    private StagedPut(Workspace workspace, PutRoute route, string id, string path, ObjectWriter file, Schema schema)
    {
        (this.workspace, this.route, this.id, this.path, this.file) = (workspace, route, id, path, file);
        content = new HashedStream(file.Stream);
        writer = new ArrowStreamWriter(content, schema, leaveOpen: true);
    }

    public static async Task<StagedPut> OpenAsync(Workspace workspace, PutRoute route, string id, Schema schema, CancellationToken cancellationToken)
    {
        var path = Path.Combine(workspace.Root, route.Folder, $"{id}.arrow");
        var put = new StagedPut(workspace, route, id, path, await Storage.CreateAsync(path, cancellationToken), schema);
        try
        {
            await put.writer.WriteStartAsync(cancellationToken);
            return put;
        }
        catch
        {
            await put.DisposeAsync();
            throw;
        }
    }

    public async ValueTask WriteAsync(RecordBatch rows, CancellationToken cancellationToken) => await writer.WriteRecordBatchAsync(rows, cancellationToken);

    public async Task<PutReceipt> CommitAsync(CancellationToken cancellationToken)
    {
        await writer.WriteEndAsync(cancellationToken);
        await PublishAsync(cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            var (accepted, record) = await AcceptAsync(attempt, cancellationToken);
            if (!accepted.Duplicate || record.Outcome is not { Error: not null })
            {
                return await FinishAsync(accepted, cancellationToken);
            }

            // It failed before: it is sent again since its cause was mended, and is a batch of its own.
        }
    }

    public async ValueTask DisposeAsync()
    {
        writer.Dispose();
        await content.DisposeAsync();
        await file.DisposeAsync();
    }

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        try
        {
            await file.CompleteAsync(cancellationToken);
        }
        catch (AlreadyExistsException)
        {
            RequireSame(await LocalETag.OfAsync(path, cancellationToken));
        }
    }

    private async Task<(Acceptance Accepted, BatchRecord Record)> AcceptAsync(int attempt, CancellationToken cancellationToken)
    {
        var arrival = new Arrival(Source, attempt == 1 ? id : $"{id}/{attempt}", route.Pipeline.Pipeline.Name, path, content.ETag, content.Length);
        var accepted = await workspace.Inbox.AcceptAsync(arrival, cancellationToken);
        var record = (await workspace.Inbox.ListAsync(accepted.Pipeline, cancellationToken)).First(b => b.Sequence == accepted.Sequence);
        // The file may have been taken away since; the inbox remembers what it was.
        RequireSame(record.Arrival.ETag);
        return (accepted, record);
    }

    private async Task<PutReceipt> FinishAsync(Acceptance accepted, CancellationToken cancellationToken)
    {
        try
        {
            var outcome = (await DirectIngest.FinishAsync(workspace, accepted, $"put-{Environment.ProcessId}", cancellationToken)).Outcome!;
            return outcome.Error is { } error
                ? throw new PutException(PutFault.Rejected, $"the rows were refused as a whole, and nothing of them is in the table: {error}")
                : new PutReceipt(id, route.Target.Table, outcome.Read, outcome.Good, outcome.Quarantined)
                {
                    Snapshot = outcome.Snapshot,
                    QuarantineSnapshot = outcome.QuarantineSnapshot,
                    Duplicate = accepted.Duplicate,
                };
        }
        catch (WorkspaceException postponed)
        {
            throw new PutException(PutFault.Waiting, $"{postponed.Message} Put it again under the id '{id}' to learn what became of it");
        }
    }

    private void RequireSame(string etag)
    {
        if (etag != content.ETag)
        {
            throw new PutException(PutFault.IdTaken, $"the id '{id}' was given to a put of other rows, or of the same in other batches, to {route.Taker}; give this one an id of its own");
        }
    }
}
