using System.Text;
using System.Text.Json;

namespace Features.Core.Lineage;

/// <summary>Appends run events to a file, one JSON object a line. Several processes may share it: appends exclude each other by a lock on the file.</summary>
public sealed class FileLineageSink(string path, TimeProvider clock) : ILineageSink, IDisposable
{
    private static readonly TimeSpan LockWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(5);
    private readonly SemaphoreSlim mine = new(1, 1);

    // Where the file ended when this process emitted a run's START: its end can only stand behind that. Guarded by the semaphore.
    private readonly Dictionary<string, long> began = [];

    /// <inheritdoc/>
    /// <exception cref="StateStoreException">The file cannot be written, or others kept it locked for 30 s.</exception>
    public async Task EmitAsync(RunEvent @event, bool mayStand, CancellationToken cancellationToken)
    {
        var line = OpenLineageJson.Write(@event);
        await mine.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var file = await OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (file.ConfigureAwait(false))
            {
                await CutTornLineAsync(file, cancellationToken).ConfigureAwait(false);
                if (!mayStand || !await StandsAsync(file, began.GetValueOrDefault(@event.RunId), @event, cancellationToken).ConfigureAwait(false))
                {
                    await AppendAsync(file, line, cancellationToken).ConfigureAwait(false);
                    Remember(@event, file.Length);
                }
            }
        }
        finally
        {
            mine.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => mine.Dispose();

    private void Remember(RunEvent @event, long end)
    {
        if (@event.State == RunState.Start)
        {
            began[@event.RunId] = end;
        }
        else
        {
            began.Remove(@event.RunId);
        }
    }

    private async Task<FileStream> OpenAsync(CancellationToken cancellationToken)
    {
        var asked = clock.GetTimestamp();
        while (true)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path) && clock.GetElapsedTime(asked) < LockWait)
            {
                await Task.Delay(LockPoll, clock, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                throw Unwritable(fault);
            }
        }
    }

    // A writer that was killed may have left half a line: nobody was told that it stands.
    private static async Task CutTornLineAsync(FileStream file, CancellationToken cancellationToken)
    {
        var keep = file.Length;
        var one = new byte[1];
        while (keep > 0)
        {
            file.Position = keep - 1;
            await file.ReadExactlyAsync(one, cancellationToken).ConfigureAwait(false);
            if (one[0] == '\n')
            {
                break;
            }

            keep--;
        }

        if (keep < file.Length)
        {
            file.SetLength(keep);
        }
    }

    private static async Task<bool> StandsAsync(FileStream file, long from, RunEvent @event, CancellationToken cancellationToken)
    {
        // A file that was cut or taken away since is read whole.
        file.Position = @event.State == RunState.Start || from > file.Length ? 0 : from;
        using var reader = new StreamReader(file, Encoding.UTF8, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.Contains(@event.RunId, StringComparison.Ordinal))
            {
                using var document = JsonDocument.Parse(line);
                var isSameRun = document.RootElement.GetProperty("run").GetProperty("runId").ValueEquals(@event.RunId);
                var isStart = document.RootElement.GetProperty("eventType").ValueEquals("START");
                if (isSameRun && isStart == (@event.State == RunState.Start))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private async Task AppendAsync(FileStream file, byte[] line, CancellationToken cancellationToken)
    {
        var start = file.Seek(0, SeekOrigin.End);
        try
        {
            await file.WriteAsync(line, cancellationToken).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }
        catch (IOException fault)
        {
            file.SetLength(start);
            throw Unwritable(fault);
        }
    }

    private StateStoreException Unwritable(Exception fault) => new(path, fault.Message, "make room or correct the permissions, then repeat", isTransient: fault is IOException, fault);
}
