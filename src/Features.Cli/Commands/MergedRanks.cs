using System.Runtime.CompilerServices;
using Apache.Arrow;
using Features.Flight.Client;
using Features.Flight.Protocol;

namespace Features.Cli.Commands;

/// <summary>Several ranks' shares of an epoch, merged by position: step by step, rank by rank. Padding, which gives every rank as many steps, can be left out.</summary>
internal sealed class MergedRanks(DatasetClient client, DatasetRequest request, IReadOnlyList<int> ranks, bool withoutPadding)
{
    private readonly List<(int Rank, DatasetReader Reader)> shares = [];

    /// <summary>Plans every share; returns the columns.</summary>
    public async Task<Schema> OpenAsync(CancellationToken cancellationToken)
    {
        foreach (var rank in ranks)
        {
            shares.Add((rank, await client.OpenAsync(request with { Rank = rank }, cancellationToken)));
        }

        return shares[0].Reader.Schema;
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
