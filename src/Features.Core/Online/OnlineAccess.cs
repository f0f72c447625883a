using System.Collections.Concurrent;
using Features.Core.Governance;

namespace Features.Core.Online;

/// <summary>
/// The gate of online reads: the policy is asked for every request and view. A denial is audited before it is answered. What is allowed is audited durably before the first answer of a principal, a view and a purpose in
/// each minute; the reads after it in that minute are counted, and their rows are written with the minute's last record, so that an answer does not wait for a disk.
/// </summary>
internal sealed class OnlineAccess(IPolicy policy, IAuditLog audit, TimeProvider clock) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(string Principal, string? Purpose, string View), Minute> minutes = new();
    private readonly SemaphoreSlim writing = new(1, 1);

    public async ValueTask AdmitAsync(Reader reader, ReadPlan plan, int rows, CancellationToken cancellationToken)
    {
        foreach (var use in plan.Uses)
        {
            var request = new ReadRequest(reader.Principal, reader.Action, use.View.Name, null, use.FeatureNames, reader.Purpose);
            var decision = await policy.DecideAsync(request, cancellationToken).ConfigureAwait(false);
            if (!decision.Allowed)
            {
                await audit.AppendAsync(RecordOf(request, decision, null), cancellationToken).ConfigureAwait(false);
                throw new AccessDeniedException(request, decision);
            }

            var minute = minutes.GetOrAdd((reader.Principal, reader.Purpose, use.View.Name), static _ => new Minute());
            var now = clock.GetUtcNow().Ticks / TimeSpan.TicksPerMinute;
            if (Volatile.Read(ref minute.Number) == now)
            {
                Interlocked.Add(ref minute.Rows, rows);
                continue;
            }

            await BeginAsync(minute, now, request, decision, rows, cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var minute in minutes.Values)
        {
            if (Interlocked.Exchange(ref minute.Rows, 0) is > 0 and var rows)
            {
                await audit.AppendAsync(RecordOf(minute.Request!, minute.Decision!, rows), CancellationToken.None).ConfigureAwait(false);
            }
        }

        minutes.Clear();
        writing.Dispose();
    }

    private async Task BeginAsync(Minute minute, long now, ReadRequest request, PolicyDecision decision, int rows, CancellationToken cancellationToken)
    {
        await writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (minute.Number == now)
            {
                Interlocked.Add(ref minute.Rows, rows);
                return;
            }

            // The rows that were counted since the last record go with this one.
            var counted = Interlocked.Exchange(ref minute.Rows, 0);
            await audit.AppendAsync(RecordOf(request, decision, counted + rows), cancellationToken).ConfigureAwait(false);
            (minute.Request, minute.Decision) = (request, decision);
            Volatile.Write(ref minute.Number, now);
        }
        finally
        {
            writing.Release();
        }
    }

    private AuditRecord RecordOf(ReadRequest request, PolicyDecision decision, long? rows) =>
        new(clock.GetUtcNow(), request, decision.Allowed, decision.Reason, decision.PolicyId, decision.OutcomeHash, rows);

    private sealed class Minute
    {
        public long Number = -1;
        public long Rows;
        public ReadRequest? Request;
        public PolicyDecision? Decision;
    }
}
