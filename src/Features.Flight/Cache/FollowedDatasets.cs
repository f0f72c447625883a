using System.Runtime.ExceptionServices;
using Features.Flight.Layout;
using Features.Flight.Protocol;

namespace Features.Flight.Cache;

/// <summary>
/// The jobs that follow a data set. A newer version is warmed beside the one that is being read, and held for the job like that; what no
/// job and no ticket holds any more may go. A job that has not asked for so long that its hold expired is forgotten, by the next one that asks.
/// </summary>
internal sealed class FollowedDatasets(DatasetCache cache, IDatasetSource source, TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Follower> followers = [];

    /// <summary>What is followed now.</summary>
    public IReadOnlyList<FollowedDataset> List()
    {
        lock (gate)
        {
            Sweep();
            return [.. followers.Values.Select(follower => follower.Describe())];
        }
    }

    /// <summary>The plan of an epoch for a job, which is begun with this.</summary>
    /// <param name="job">What all ranks of the job, and no other job, have in common.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="selection">What the job asked for.</param>
    /// <param name="newest">What that stands for now.</param>
    /// <param name="tenant">For whom.</param>
    /// <param name="expires">Until when the job's plans are held if it does not ask again.</param>
    public StorePlan Begin(string job, long epoch, DatasetSelection selection, StorePlan newest, FlightTenant tenant, DateTimeOffset expires)
    {
        Follower? follower;
        StorePlan plan;
        bool isNewer;
        lock (gate)
        {
            Sweep();
            if (!followers.TryGetValue(job, out follower))
            {
                followers.Add(job, follower = new Follower(job, selection, newest));
            }

            (follower.Tenant, follower.Expires) = (tenant, expires);
            isNewer = follower.Rollover.Offer(newest);
            plan = follower.Rollover.Begin(epoch);
            Hold(follower);
        }

        if (isNewer)
        {
            _ = WarmAsync(follower, newest);
        }

        return plan;
    }

    /// <summary>A data set has a newer version: it is warmed for each job that follows the name with the same filter, policy outcome and columns.</summary>
    /// <returns>A task that ends when all that began to load is warm or has failed; failures are in <see cref="List"/>.</returns>
    public Task OfferAsync(DatasetPlan newest)
    {
        var names = newest.Schema.FieldsList.Select(field => field.Name).ToList();
        return OfferAsync(follower => follower.Of.Name == newest.Name && follower.Of.Filter == newest.Filter && follower.Of.Outcome == newest.Outcome
            && follower.Of.Schema.FieldsList.Select(field => field.Name).SequenceEqual(names)
            ? newest
            : null);
    }

    /// <summary>A name may stand for something newer: its source is asked what it is, for each job that follows it.</summary>
    /// <returns>A task that ends when all that began to load is warm or has failed; failures are in <see cref="List"/>.</returns>
    public async Task OfferAsync(string name, CancellationToken cancellationToken)
    {
        List<Follower> named;
        lock (gate)
        {
            Sweep();
            named = [.. followers.Values.Where(follower => follower.Of.Name == name)];
        }

        ExceptionDispatchInfo? fault = null;
        foreach (var asked in named.GroupBy(follower => (Selection: follower.Selection, follower.Of.Outcome)))
        {
            // One job's filter may not fit the newer version: the others follow it all the same.
            try
            {
                if (await source.FindAsync(asked.Key.Selection, asked.Key.Outcome, cancellationToken).ConfigureAwait(false) is { } newest)
                {
                    var jobs = asked.ToHashSet();
                    await OfferAsync(follower => jobs.Contains(follower) ? newest : null).WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }
            catch (Exception cause) when (!cancellationToken.IsCancellationRequested)
            {
                fault ??= ExceptionDispatchInfo.Capture(cause);
            }
        }

        fault?.Throw();
    }

    private Task OfferAsync(Func<Follower, DatasetPlan?> newestFor)
    {
        var begun = new List<(Follower Follower, StorePlan Plan)>();
        lock (gate)
        {
            Sweep();
            foreach (var follower in followers.Values)
            {
                if (newestFor(follower) is { } newest && follower.Laid(newest) is var plan && follower.Rollover.Offer(plan))
                {
                    Hold(follower);
                    begun.Add((follower, plan));
                }
            }
        }

        return Task.WhenAll(begun.Select(warming => WarmAsync(warming.Follower, warming.Plan)));
    }

    private async Task WarmAsync(Follower follower, StorePlan plan)
    {
        try
        {
            await cache.WarmAsync(plan, follower.Tenant, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            // Reported by List; the job goes on with what it has.
            lock (gate)
            {
                follower.Rollover.Failed(plan, fault.Message);
                Hold(follower);
            }

            return;
        }

        lock (gate)
        {
            follower.Rollover.Warmed(plan);
            Hold(follower);
        }
    }

    // The plan in use, the next one, and the one that is coming; what is none of them any more is let go.
    private void Hold(Follower follower)
    {
        if (!followers.ContainsValue(follower))
        {
            return;
        }

        Hold("current", follower.Rollover.Current);
        Hold("next", follower.Rollover.Next);
        if (follower.Rollover.Warming is { } warming)
        {
            Hold("warming", warming);
        }
        else
        {
            cache.Release(follower.LeaseOf("warming"));
        }

        void Hold(string what, StorePlan plan) => cache.Hold(follower.LeaseOf(what), plan, follower.Tenant, follower.Expires);
    }

    // Their leases have expired with them.
    private void Sweep()
    {
        var now = clock.GetUtcNow();
        foreach (var (job, _) in followers.Where(follower => follower.Value.Expires <= now).ToList())
        {
            followers.Remove(job);
        }
    }

    private sealed class Follower(string job, DatasetSelection selection, StorePlan first)
    {
        public DatasetSelection Selection { get; } = selection;

        public Rollover<StorePlan> Rollover { get; } = new(first);

        public FlightTenant Tenant { get; set; } = FlightTenant.Local;

        public DateTimeOffset Expires { get; set; } = DateTimeOffset.MaxValue;

        public DatasetPlan Of => first.Dataset;

        public string LeaseOf(string what) => $"follow\n{what}\n{job}";

        public StorePlan Laid(DatasetPlan newest) => new(newest, first.Tensor, first.Features);

        public FollowedDataset Describe() => new(Of.Name, Rollover.Current.Dataset.Digest, Rollover.Next.Dataset.Digest)
        {
            Warming = Rollover.Warming?.Dataset.Digest,
            Fault = Rollover.Fault,
        };
    }
}
