using System.CommandLine;
using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Cli.Output;
using Features.Core.TrainingSets;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Cli.Commands.Fetching;

/// <summary><c>features fetch</c>: a data set's rows over Arrow Flight, in a job's order.</summary>
internal static class FetchCommand
{
    public static Command Create(CliConsole console)
    {
        var (options, target) = (new FetchOptions(), new FlightTarget());
        var digest = new Option<bool>("--digest") { Description = "Print one line an epoch alone: sha256:HEX and the number of rows." };
        var bench = new Option<bool>("--bench") { Description = "Print how fast the streams come alone, one line an epoch; with --rank all, every rank's at the same time." };
        var warm = new Option<bool>("--warm") { Description = "Have the server load the data set first, so that a bench does not count the load." };
        var (limit, format, output) = (Verb.Limit(), Verb.Format("table"), Verb.Out());
        return Verb.Create(
            "fetch",
            "Read a training set, or a table, from a Flight server, in the order that a training job would.",
            "features fetch delays --shuffle global --seed 7 --epoch 0 --limit 5",
            [.. options.Symbols, digest, bench, warm, limit, format, output, .. target.Options]).Does(async (parse, cancellationToken) =>
        {
            if (parse.GetValue(digest) && parse.GetValue(bench))
            {
                throw new CliException(CliException.Usage, "--digest and --bench each print something else; choose one");
            }

            try
            {
                await FetchAsync(parse, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw new CliException("cancelled", Cancelled(options.StateFile(parse), parse.GetValue(output)));
            }
        });

        async Task FetchAsync(ParseResult parse, CancellationToken cancellationToken)
        {
            var state = options.StateFile(parse);
            var request = options.Request(parse, await FetchState.ReadAsync(state, cancellationToken));
            var (ranks, epochs) = (options.Ranks(parse), options.Epochs(parse));
            using var client = await target.ConnectAsync(parse, cancellationToken);
            await using var reads = new HeldReads(client);
            var fetch = new Fetch(reads, request, ranks, options.IsWhole(parse), options.IsEveryRank(parse), epochs, parse.GetValue(limit));
            var first = await target.WhenUpAsync(parse, () => fetch.OpenAsync(epoch: 0, cancellationToken), cancellationToken);
            if (parse.GetValue(warm))
            {
                await client.WarmAsync(first.Readers.First(), progress: null, cancellationToken);
            }

            if (parse.GetValue(bench))
            {
                await foreach (var (epoch, shares) in fetch.EpochsAsync(first, cancellationToken))
                {
                    (await FetchBench.RunAsync(epoch, shares.Readers, cancellationToken)).WriteTo(console, parse.GetValue(format) == "json");
                    fetch.State = fetch.State with { Epoch = epoch, Position = fetch.State.Order.Rows };
                }
            }
            else if (parse.GetValue(digest))
            {
                await foreach (var (_, shares) in fetch.EpochsAsync(first, cancellationToken))
                {
                    await DigestAsync(console, fetch, shares, cancellationToken);
                }
            }
            else
            {
                await QueryOutput.WriteAsync(
                    console, Positioned(first.Schema, epochs > 1), RowsAsync(fetch, first, cancellationToken), parse.GetRequiredValue(format), parse.GetValue(output), cancellationToken);
            }

            if (state is not null)
            {
                await FetchState.WriteAsync(state, fetch.State, cancellationToken);
            }
        }
    }

    /// <summary>What a fetch that was cancelled leaves: it changes nothing, and writes its state only at its end.</summary>
    internal static string Cancelled(string? state, string? output) =>
        "the fetch was cancelled; "
        + (state is null ? "it keeps nothing, and running it again reads from where it began" : $"it writes --state only at its end, so that running it again begins where '{state}' said before")
        + (File.Exists(output) ? $"; '{output}' is not whole: delete it first" : "");

    private static async Task DigestAsync(CliConsole console, Fetch fetch, MergedRanks shares, CancellationToken cancellationToken)
    {
        using var digest = new RowDigest(shares.Schema);
        await foreach (var (_, batch) in fetch.ReadAsync(shares, cancellationToken))
        {
            using (batch)
            {
                digest.Append(batch.Rows);
            }
        }

        await console.Out.WriteLineAsync($"{digest.Finish()} {digest.Rows}");
    }

    private static Schema Positioned(Schema schema, bool withEpoch) => new(
        [
            .. schema.FieldsList, new Field("_position", Int64Type.Default, nullable: false), new Field("_rank", Int32Type.Default, nullable: false),
            .. withEpoch ? new[] { new Field("_epoch", Int64Type.Default, nullable: false) } : [],
        ],
        schema.Metadata);

    private static async IAsyncEnumerable<RecordBatch> RowsAsync(Fetch fetch, MergedRanks first, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (epoch, shares) in fetch.EpochsAsync(first, cancellationToken))
        {
            await foreach (var (rank, batch) in fetch.ReadAsync(shares, cancellationToken))
            {
                using (batch)
                {
                    var length = batch.Rows.Length;
                    var columns = new List<IArrowArray>(batch.Rows.Arrays)
                    {
                        new Int64Array.Builder().AppendRange(Enumerable.Range(0, length).Select(i => batch.Position + i)).Build(),
                        new Int32Array.Builder().AppendRange(Enumerable.Repeat(rank, length)).Build(),
                    };
                    if (fetch.Epochs > 1)
                    {
                        columns.Add(new Int64Array.Builder().AppendRange(Enumerable.Repeat(epoch, length)).Build());
                    }

                    yield return new RecordBatch(Positioned(batch.Rows.Schema, fetch.Epochs > 1), columns, length);
                }
            }
        }
    }
}
