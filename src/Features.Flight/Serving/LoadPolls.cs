using Features.Flight.Cache;
using Features.Flight.Protocol;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Features.Flight.Serving;

/// <summary>
/// PollFlightInfo: loads the data set, and answers when it is ready or with the progress after a while. The descriptor to poll on with is the
/// ticket, so that the read and its lease stay the same from the first answer to the last, and the ticket keeps its id.
/// </summary>
internal sealed class LoadPolls(ReadPlanner planner, TicketDesk tickets, FlightInfos infos, DatasetCache cache, FlightOptions options, TimeProvider clock)
{
    public async Task<PollInfo> PollAsync(FlightDescriptor descriptor, Caller caller, ServerCallContext context)
    {
        var (read, claims) = await BeginAsync(descriptor, caller, context.CancellationToken).ConfigureAwait(false);
        cache.Hold(claims.Id, read.Store, caller.ChargedTo(options), claims.Expires);
        var load = cache.WarmAsync(read.Store, caller.ChargedTo(options), context.CancellationToken);
        var isReady = await Task.WhenAny(load, Task.Delay(options.PollWait, clock, context.CancellationToken)).ConfigureAwait(false) == load;
        if (isReady)
        {
            await load.ConfigureAwait(false);
        }

        return new PollInfo
        {
            Info = infos.Describe(read, claims, descriptor, context),
            FlightDescriptor = isReady ? null : new FlightDescriptor
            {
                Type = FlightDescriptor.Types.DescriptorType.Cmd,
                Cmd = UnsafeByteOperations.UnsafeWrap(tickets.Sign(claims)),
            },
            Progress = isReady ? 1 : Math.Min(1.0, (double)(cache.Find(read.Store)?.Rows ?? 0) / Math.Max(1, read.Store.Dataset.Rows)),
            ExpirationTime = Timestamp.FromDateTimeOffset(claims.Expires),
        };
    }

    private async Task<(PlannedRead Read, TicketClaims Claims)> BeginAsync(FlightDescriptor descriptor, Caller caller, CancellationToken cancellationToken)
    {
        if (descriptor.Type == FlightDescriptor.Types.DescriptorType.Cmd && TicketAuthority.LooksLikeTicket(descriptor.Cmd.Span))
        {
            var known = await tickets.ProveAsync(descriptor.Cmd.Memory, caller, cancellationToken).ConfigureAwait(false);

            // A load may take longer than a ticket holds.
            return (await planner.RedeemAsync(known, caller, cancellationToken).ConfigureAwait(false), tickets.Renew(known));
        }

        var read = await planner.PlanAsync(Descriptors.RequestOf(descriptor), caller, cancellationToken).ConfigureAwait(false);
        return (read, tickets.Issue(read, caller));
    }
}
