// A worker of a workspace's inbox that can be told to die: Features.FaultHost WORKSPACE [STEP].
// With a step it kills itself, as the kernel's out-of-memory killer would, the first time that a batch has reached it; without one two workers of it work until the inbox is done.
// As "append …" it is a plain writer of one table: see Appends.
using System.Diagnostics;
using System.Globalization;
using Features.Core.Inbox;
using Features.Core.Ingestion;
using Features.FaultHost;
using Features.Server.Workspaces;

if (args is ["append", var catalog, var table, var writer, var commits])
{
    return await Appends.RunAsync(catalog, table, writer, int.Parse(commits, CultureInfo.InvariantCulture));
}

var options = new WorkspaceOptions
{
    // A dead worker's batch is free again soon.
    Ingest = new IngestOptions { Lease = TimeSpan.FromSeconds(1), TurnWait = TimeSpan.FromSeconds(1), BackOff = TimeSpan.FromMilliseconds(50) },
    Observer = args.Length > 1 ? new KillAt(Enum.Parse<IngestStep>(args[1])) : null,
};
await using var workspace = await Workspace.OpenAsync(args[0], options, CancellationToken.None);
await Task.WhenAll(Enumerable.Range(0, options.Observer is null ? 2 : 1).Select(WorkAsync));
return 0;

async Task WorkAsync(int number)
{
    var name = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{number}");
    while ((await workspace.Inbox.ListAsync(null, CancellationToken.None)).Any(b => b.Outcome is null))
    {
        if (await workspace.Worker.RunOnceAsync(name, CancellationToken.None) is null)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }
}

internal sealed class KillAt(IngestStep fatal) : IIngestObserver
{
    public ValueTask ReachedAsync(IngestStep step, ClaimedBatch batch, CancellationToken cancellationToken)
    {
        if (step == fatal)
        {
            Process.GetCurrentProcess().Kill();
            Thread.Sleep(Timeout.Infinite);
        }

        return ValueTask.CompletedTask;
    }
}
