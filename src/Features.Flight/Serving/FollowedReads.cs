using System.Security.Cryptography;
using System.Text;
using Features.Flight.Cache;
using Features.Flight.Layout;
using Features.Flight.Protocol;

namespace Features.Flight.Serving;

/// <summary>
/// Reads that follow a name from version to version: which one an epoch gets, and what the older ones were. A training set that was made anew is
/// known to its source by the new version alone, while jobs still read the old one from memory.
/// </summary>
internal sealed class FollowedReads(DatasetCache cache, TicketAuthority tickets, FlightOptions options)
{
    /// <summary>Versions that are remembered; past it, the one that was given first is forgotten, and its tickets are stale.</summary>
    private const int MaxKnown = 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<Version, DatasetPlan> known = [];
    private readonly Queue<Version> given = new();

    /// <summary>The plan of the request's epoch: the same for all ranks that ask for it.</summary>
    public StorePlan Begin(DatasetRequest request, StorePlan newest, Caller caller)
    {
        var plan = cache.Follow(JobOf(request, caller), request.Epoch, request.ToSelection(), newest, caller.ChargedTo(options), tickets.Expiry);
        lock (gate)
        {
            var key = KeyOf(plan.Dataset, request.Columns);
            if (known.TryAdd(key, plan.Dataset))
            {
                given.Enqueue(key);
                if (given.Count > MaxKnown)
                {
                    known.Remove(given.Dequeue());
                }
            }
        }

        return plan;
    }

    /// <summary>The version that a ticket was given for; null if it is not remembered.</summary>
    public DatasetPlan? Recall(TicketClaims claims)
    {
        lock (gate)
        {
            return known.GetValueOrDefault(new Version(claims.Selection.Name, claims.Order.Content, claims.Order.Filter, claims.Order.Policy, Text(claims.Selection.Columns)));
        }
    }

    private static Version KeyOf(DatasetPlan plan, IReadOnlyList<string>? columns) => new(plan.Name, plan.Digest, plan.Filter, plan.Outcome, Text(columns));

    // A source may have planned no columns but those that were asked for.
    private static string? Text(IReadOnlyList<string>? columns) => columns is null ? null : string.Join('\n', columns);

    // What the ranks of a job have in common, whatever their share: who asks, for what, in which order.
    private static string JobOf(DatasetRequest request, Caller caller)
    {
        var job = request with { Epoch = 0, Position = 0, State = null, Rank = 0, World = 1, Batch = 1, Tail = null, MaxMessageBytes = null };
        var text = $"{caller.Subject.Length}:{caller.Subject}{caller.Tenant?.Length}:{caller.Tenant}{Encoding.UTF8.GetString(job.ToJson().Span)}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private sealed record Version(string Name, string Digest, string? Filter, string? Outcome, string? Columns);
}
