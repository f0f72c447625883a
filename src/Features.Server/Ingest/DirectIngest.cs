using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.Server.Workspaces;

namespace Features.Server.Ingest;

/// <summary>Ingests a named file without a host: through the same inbox, in its turn.</summary>
public static class DirectIngest
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    // Somebody waits for the answer: what lasts longer than a few attempts is said, and not waited out as a host would.
    private const int Attempts = 3;

    /// <summary>Takes the file into the inbox and works until its batch is finished, here or by another worker; batches before it come first.</summary>
    /// <exception cref="WorkspaceException">There is no such file or pipeline, or the batch could not be done now (a full disk): then it waits in the inbox, and another call goes on with it.</exception>
    public static async Task<DirectResult> RunAsync(Workspace workspace, string pipeline, string file, CancellationToken cancellationToken)
    {
        var path = LocalPath(file);
        if (!File.Exists(path))
        {
            throw new WorkspaceException("file-not-found", $"there is no file '{file}'; check the path");
        }

        var known = (await workspace.Pipelines.ListAsync(cancellationToken)).Select(p => p.Pipeline.Name).ToList();
        if (!known.Contains(pipeline, StringComparer.Ordinal))
        {
            throw new WorkspaceException(
                "pipeline-not-found",
                $"no pipeline '{pipeline}' is in force ({(known.Count == 0 ? "there is none; run 'features apply'" : $"there are: {string.Join(", ", known)}")})");
        }

        var etag = await LocalETag.OfAsync(path, cancellationToken);
        var finished = (await workspace.Inbox.ListAsync(pipeline, cancellationToken)).Where(b => b.Outcome is not null).Select(b => b.Sequence).ToHashSet();
        // Each call is an event of its own: a file that is done stays done by its version, and one whose batch failed is tried again.
        var call = Guid.CreateVersion7(workspace.Clock.GetUtcNow()).ToString();
        var accepted = await workspace.Inbox.AcceptAsync(new Arrival("cli", call, pipeline, path, etag, new FileInfo(path).Length), cancellationToken);
        var record = await FinishAsync(workspace, accepted, $"cli-{Environment.ProcessId}", cancellationToken);
        return new DirectResult(record.RunId, record.Outcome!, accepted.Duplicate && finished.Contains(accepted.Sequence));
    }

    /// <summary>Works until a batch that stands in the inbox is finished, here or by another worker; batches before it come first.</summary>
    /// <exception cref="WorkspaceException">A batch could not be done now: all of them wait in the inbox.</exception>
    internal static async Task<BatchRecord> FinishAsync(Workspace workspace, Acceptance accepted, string worker, CancellationToken cancellationToken)
    {
        while (true)
        {
            var record = (await workspace.Inbox.ListAsync(accepted.Pipeline, cancellationToken)).First(b => b.Sequence == accepted.Sequence);
            if (record.Outcome is not null)
            {
                return record;
            }

            var result = await workspace.Worker.RunOnceAsync(worker, cancellationToken);
            if (result is { IsFault: true, Batch.Attempt: >= Attempts })
            {
                throw new WorkspaceException(
                    "ingest-postponed",
                    $"'{result.Batch.Arrival.Location}' could not be ingested now: {result.Postponed}. It waits in the inbox: when the cause is mended, run the command again, or leave it to 'features serve'");
            }

            if (result is null or { Outcome: null })
            {
                await Task.Delay(Poll, workspace.Clock, cancellationToken);
            }
        }
    }

    private static string LocalPath(string file) =>
        Uri.TryCreate(file, UriKind.Absolute, out var uri) && uri.IsFile ? uri.LocalPath : Path.GetFullPath(file);
}

/// <summary>How a file's batch ended. <paramref name="Duplicate"/>: it was finished before.</summary>
public sealed record DirectResult(string RunId, BatchOutcome Outcome, bool Duplicate);
