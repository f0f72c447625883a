using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Cli.Commands.Fetching;

/// <summary>Several ranks' shares of an epoch, merged by position: step by step, rank by rank. Padding, which gives every rank as many steps, can be left out.</summary>
internal sealed class MergedRanks
{
    private readonly IReadOnlyList<(int Rank, DatasetReader Reader)> shares;
    private readonly bool withoutPadding;

    private MergedRanks(IReadOnlyList<(int Rank, DatasetReader Reader)> shares, bool withoutPadding)
    {
        (this.shares, this.withoutPadding) = (shares, withoutPadding);
        State = shares[0].Reader.State;
    }

    /// <summary>The columns.</summary>
    public Schema Schema => shares[0].Reader.Schema;

    /// <summary>Where to go on: at the start, or behind the epoch once every batch was read.</summary>
    public OrderState State { get; private set; }

    /// <summary>The readers of the ranks.</summary>
    public IEnumerable<DatasetReader> Readers => shares.Select(s => s.Reader);

    /// <summary>Plans every share.</summary>
    public static async Task<MergedRanks> OpenAsync(HeldReads reads, DatasetRequest request, IReadOnlyList<int> ranks, bool withoutPadding, CancellationToken cancellationToken)
    {
        var shares = new List<(int, DatasetReader)>();
        foreach (var rank in ranks)
        {
            shares.Add((rank, await reads.OpenAsync(request with { Rank = rank }, cancellationToken)));
        }

        return new MergedRanks(shares, withoutPadding);
    }

    /// <summary>The batches by position, each with its rank; the reader disposes each.</summary>
    public async IAsyncEnumerable<(int Rank, DatasetBatch Batch)> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var streams = new List<(int Rank, IAsyncEnumerator<DatasetBatch> Batches, bool More)>();
        try
        {
            foreach (var (rank, reader) in shares)
            {
                var batches = reader.GetAsyncEnumerator(cancellationToken);
                streams.Add((rank, batches, false));
                streams[^1] = (rank, batches, await batches.MoveNextAsync());
            }

            for (long step = 0; streams.Any(s => s.More); step++)
            {
                for (var i = 0; i < streams.Count; i++)
                {
                    while (streams[i] is { More: true } stream && stream.Batches.Current.Step == step)
                    {
                        var batch = stream.Batches.Current;
                        var own = withoutPadding ? shares[i].Reader.Order.Rows - batch.Position : long.MaxValue;
                        if (own > 0)
                        {
                            yield return (stream.Rank, own < batch.Count ? batch.Take((int)own) : batch);
                        }
                        else
                        {
                            batch.Dispose();
                        }

                        streams[i] = stream with { More = await stream.Batches.MoveNextAsync() };
                    }
                }
            }

            // What a tail drops is over as well.
            State = State with { Position = State.Order.Rows };
        }
        finally
        {
            foreach (var (_, batches, _) in streams)
            {
                await batches.DisposeAsync();
            }
        }
    }
}
