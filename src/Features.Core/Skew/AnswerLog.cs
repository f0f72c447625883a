using System.Threading.Channels;
using Features.Core.Online;

namespace Features.Core.Skew;

/// <summary>
/// Keeps a sample of online answers in files, to be compared with the tables later. Offering costs the caller a copy of the rows that are taken; writing is another task's. What cannot be kept is
/// counted and lost: a request never waits, and never fails, for its log. Dispose it to write what is waiting.
/// </summary>
public sealed class AnswerLog : IAsyncDisposable
{
    private readonly Channel<Waiting> queue = Channel.CreateUnbounded<Waiting>(new UnboundedChannelOptions { SingleReader = true });
    private readonly AnswerLogOptions options;
    private readonly TimeProvider clock;
    private readonly RowSample sample;
    private readonly AnswerFiles files;
    private readonly Task writing;
    private long offered;
    private long written;
    private long dropped;
    private long waitingValues;
    private volatile string? lastFault;

    /// <summary>Opens a log. Files are made when there is something to write.</summary>
    /// <param name="folder">Where its files are; several processes may share it.</param>
    /// <param name="options">How much is kept.</param>
    /// <param name="clock">The clock of the files' ages, and of when an answer was given.</param>
    public AnswerLog(string folder, AnswerLogOptions options, TimeProvider clock)
    {
        (this.options, this.clock) = (options, clock);
        sample = new RowSample(options.Share, options.Seed);
        files = new AnswerFiles(folder, options, clock);
        writing = Task.Run(WriteAsync);
    }

    /// <summary>What was done so far.</summary>
    public AnswerLogCounts Counts => new(Interlocked.Read(ref offered), Interlocked.Read(ref written), Interlocked.Read(ref dropped), lastFault);

    /// <summary>Offers an answer that was given. Safe for many threads; does not wait and does not throw. Nothing is kept of the arrays that it is given.</summary>
    /// <returns>True if some of its rows will be written.</returns>
    public bool Offer(OnlineRequest request, OnlineAnswer answer)
    {
        Interlocked.Add(ref offered, answer.Rows);
        var rows = sample.Take(answer.Rows);
        if (rows.Length == 0 || LoggedAnswer.Of(request, answer, rows, clock.GetUtcNow()) is not { } logged)
        {
            return false;
        }

        if (Interlocked.Add(ref waitingValues, logged.ValueCount) <= options.MaxWaitingValues && queue.Writer.TryWrite(new Waiting(logged, null)))
        {
            return true;
        }

        Interlocked.Add(ref waitingValues, -logged.ValueCount);
        Interlocked.Add(ref dropped, logged.Rows);
        return false;
    }

    /// <summary>Waits until all that was offered is in the files, or lost.</summary>
    public Task FlushAsync(CancellationToken cancellationToken)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (queue.Writer.TryWrite(new Waiting(null, reached)) ? reached.Task : writing).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await writing.ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        while (await queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            var (buffered, reached) = (0L, new List<TaskCompletionSource>());
            while (queue.Reader.TryRead(out var next))
            {
                if (next.Answer is { } answer)
                {
                    Interlocked.Add(ref waitingValues, -answer.ValueCount);
                    buffered = Attempt(() => files.Append(LoggedAnswerJson.Write(answer)), buffered + answer.Rows);
                }
                else
                {
                    reached.Add(next.Reached!);
                }
            }

            Interlocked.Add(ref written, Attempt(files.Flush, buffered));
            reached.ForEach(r => r.TrySetResult());
        }

        Attempt(files.Close, 0);
    }

    /// <summary>Does what may fail. The rows that were at stake; 0 if it failed, for then they are lost, or nobody knows.</summary>
    private long Attempt(Action write, long rows)
    {
        try
        {
            write();
            return rows;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            lastFault = fault.Message;
            Interlocked.Add(ref dropped, rows);
            files.Abandon();
            return 0;
        }
    }

    /// <summary>An answer to be written, or somebody to be told that those before are.</summary>
    private readonly record struct Waiting(LoggedAnswer? Answer, TaskCompletionSource? Reached);
}
