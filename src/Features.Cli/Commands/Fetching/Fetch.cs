using System.Runtime.CompilerServices;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Cli.Commands.Fetching;

/// <summary>A fetch of one or more epochs, up to a number of rows, that knows where to go on.</summary>
/// <param name="reads">Where reads are planned, and held until they are over.</param>
/// <param name="request">The first epoch, from where it begins.</param>
/// <param name="ranks">The ranks whose rows are read.</param>
/// <param name="withoutPadding">Whether what fills up the last step is left out.</param>
/// <param name="isEveryRank">Whether positions come without gaps.</param>
/// <param name="epochs">How many epochs.</param>
/// <param name="limit">At most so many rows in all; null for all.</param>
internal sealed class Fetch(HeldReads reads, DatasetRequest request, IReadOnlyList<int> ranks, bool withoutPadding, bool isEveryRank, long epochs, long? limit)
{
    private long left = limit ?? long.MaxValue;
    private OrderState? state;

    public long Epochs => epochs;

    /// <summary>Where to go on behind what was read.</summary>
    public OrderState State
    {
        get => state!;
        set => state = value;
    }

    /// <summary>Plans an epoch, counted from the first of this fetch. It is of the same data as the first, or refused; only a job that follows gets newer data.</summary>
    public Task<MergedRanks> OpenAsync(long epoch, CancellationToken cancellationToken)
    {
        var number = (request.State?.Epoch ?? request.Epoch) + epoch;
        var asked = epoch == 0 ? request
            : request.Follow ? request with { State = null, Position = 0, Epoch = number }
            : request with { State = new OrderState(State.Order, number, 0) };
        return MergedRanks.OpenAsync(reads, asked, ranks, withoutPadding, cancellationToken);
    }

    /// <summary>The epochs one after the other, each planned when it is its turn.</summary>
    public async IAsyncEnumerable<(long Epoch, MergedRanks Shares)> EpochsAsync(MergedRanks first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0L; i < epochs && (i == 0 || left > 0); i++)
        {
            var shares = i == 0 ? first : await OpenAsync(i, cancellationToken);

            // Only now, so that what both read stays held.
            await reads.ReleaseAsync(except: shares.Readers);
            state = shares.State;
            yield return (shares.State.Epoch, shares);
        }
    }

    /// <summary>The batches by position, the last one cut where the limit is; the reader disposes each.</summary>
    public async IAsyncEnumerable<(int Rank, DatasetBatch Batch)> ReadAsync(MergedRanks shares, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (left <= 0)
        {
            yield break;
        }

        await foreach (var (rank, batch) in shares.ReadAsync(cancellationToken))
        {
            var (length, position, step) = ((int)Math.Min(left, batch.Count), batch.Position, batch.Step);
            left -= length;
            yield return (rank, length < batch.Count ? batch.Take(length) : batch);
            state = state! with { Position = isEveryRank ? Math.Min(state.Order.Rows, position + length) : BehindStep(shares, step, position + length) ?? state.Position };
            if (left <= 0)
            {
                yield break;
            }
        }

        state = shares.State;
    }

    // One rank of several goes on behind its last whole step, where the others are too.
    private static long? BehindStep(MergedRanks shares, long step, long position)
    {
        var delivery = shares.Readers.First().Delivery;
        var (first, count) = delivery.Step(step);
        return position == first + count ? delivery.PositionAfter(step + 1) : null;
    }
}
