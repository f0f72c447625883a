using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Cli.Output;
using Features.Core.TrainingSets;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Ordering;
using Features.Server.Workspaces;

namespace Features.Cli.Commands;

/// <summary><c>features fetch</c>: a training set's rows over Arrow Flight, in a job's order.</summary>
internal static class FetchCommand
{
    public static Command Create(CliConsole console)
    {
        var dataset = new Argument<string>("dataset") { Description = "The training set's name at the server.", HelpName = "DATASET" };
        var flight = new Option<string?>("--flight") { Description = "The Flight server; default: flight.listen of features.yaml.", HelpName = "ADDR" };
        var batch = new Option<int>("--batch") { Description = "Rows a rank gets in a step.", DefaultValueFactory = _ => 4096 };
        var shuffle = new Option<string>("--shuffle") { Description = "The order: global (exact), or none (stored order).", DefaultValueFactory = _ => "none" };
        var seed = new Option<long>("--seed") { Description = "The seed of a shuffled order." };
        var epoch = new Option<long>("--epoch") { Description = "The epoch, from 0." };
        var rank = new Option<string>("--rank") { Description = "Which rank's share, from 0; or 'all' for every rank, merged by position.", DefaultValueFactory = _ => "0" };
        var world = new Option<int>("--world") { Description = "How many ranks share an epoch.", DefaultValueFactory = _ => 1 };
        var tail = new Option<string?>("--tail") { Description = "The last, partial step: keep (one rank's default), drop (several ranks' default) or pad. With --rank all the default is every row, once." };
        var layout = new Option<string>("--layout") { Description = "How rows are laid out: columns.", DefaultValueFactory = _ => "columns" };
        var select = new Option<string?>("--select") { Description = "Columns, separated by commas; default: all.", HelpName = "a,b" };
        var digest = new Option<bool>("--digest") { Description = "Print one line alone: sha256:HEX and the number of rows." };
        var bench = new Option<bool>("--bench") { Description = "Print rows and bytes a second alone." };
        var (limit, format, output, folder) = (Verb.Limit(), Verb.Format("table"), Verb.Out(), Verb.Workspace());
        return Verb.Create(
            "fetch",
            "Read a training set from a Flight server, in the order that a training job would.",
            "features fetch delays --shuffle global --seed 7 --epoch 0 --limit 5",
            dataset, flight, batch, shuffle, seed, epoch, rank, world, tail, layout, select, digest, bench, limit, format, output, folder).Does(async (parse, cancellationToken) =>
        {
            if (parse.GetValue(layout) != "columns")
            {
                throw new CliException(CliException.Usage, $"--layout {parse.GetValue(layout)} is not served; this version serves --layout columns");
            }

            var isWhole = parse.GetValue(rank) == "all" && parse.GetValue(tail) is null && parse.GetValue(world) > 1;
            var ranks = Ranks(parse.GetRequiredValue(rank), parse.GetValue(world));
            var request = Named("--shuffle or --tail", () => new DatasetRequest(parse.GetRequiredValue(dataset))
            {
                Batch = parse.GetValue(batch),
                Shuffle = OrderModes.Parse(parse.GetRequiredValue(shuffle)),
                Seed = parse.GetValue(seed),
                Epoch = parse.GetValue(epoch),
                World = parse.GetValue(world),
                Tail = parse.GetValue(tail) is { } name ? Tails.Parse(name) : isWhole ? Tail.Pad : null,
                Columns = parse.GetValue(select)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            });
            var address = parse.GetValue(flight) ?? await DefaultAddressAsync(parse.GetValue(folder), cancellationToken);
            using var client = new DatasetClient(Named("--flight", () => new Uri(address.Contains("://", StringComparison.Ordinal) ? address : $"grpc://{address}")));
            var shares = new MergedRanks(client, request, ranks, withoutPadding: isWhole);
            var schema = await shares.OpenAsync(cancellationToken);
            if (parse.GetValue(bench))
            {
                await BenchAsync(console, shares, cancellationToken);
            }
            else if (parse.GetValue(digest))
            {
                await DigestAsync(console, schema, shares, cancellationToken);
            }
            else
            {
                await QueryOutput.WriteAsync(
                    console, Positioned(schema), Limited(shares, parse.GetValue(limit), cancellationToken), parse.GetRequiredValue(format), parse.GetValue(output), cancellationToken);
            }
        });
    }

    private static IReadOnlyList<int> Ranks(string rank, int world) => rank == "all"
        ? [.. Enumerable.Range(0, Math.Max(1, world))]
        : int.TryParse(rank, NumberStyles.None, CultureInfo.InvariantCulture, out var one) ? [one] : throw new CliException(CliException.Usage, $"--rank {rank} is neither a number from 0 nor 'all'");

    private static T Named<T>(string option, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (FormatException exception)
        {
            throw new CliException(CliException.Usage, $"{option}: {exception.Message}");
        }
    }

    private static async Task<string> DefaultAddressAsync(string? folder, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(folder, cancellationToken);
        return workspace.Config.Flight.Listen;
    }

    private static async Task BenchAsync(CliConsole console, MergedRanks shares, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        long rows = 0, bytes = 0;
        await foreach (var (_, batch) in shares.ReadAsync(cancellationToken))
        {
            using (batch)
            {
                rows += batch.Rows.Length;
                bytes += batch.Rows.Arrays.Sum(a => Bytes(a.Data));
            }
        }

        var seconds = clock.Elapsed.TotalSeconds;
        await console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{rows} rows {bytes} bytes {seconds:F3} s {rows / seconds:F0} rows/s {bytes / seconds / 1e9:F3} GB/s"));
    }

    private static async Task DigestAsync(CliConsole console, Schema schema, MergedRanks shares, CancellationToken cancellationToken)
    {
        using var digest = new RowDigest(schema);
        await foreach (var (_, batch) in shares.ReadAsync(cancellationToken))
        {
            using (batch)
            {
                digest.Append(batch.Rows);
            }
        }

        await console.Out.WriteLineAsync($"{digest.Finish()} {digest.Rows}");
    }

    private static Schema Positioned(Schema schema) => new(
        [.. schema.FieldsList, new Field("_position", Int64Type.Default, nullable: false), new Field("_rank", Int32Type.Default, nullable: false)], schema.Metadata);

    private static async IAsyncEnumerable<RecordBatch> Limited(
        MergedRanks shares, long? limit, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var left = limit ?? long.MaxValue;
        await foreach (var (rank, batch) in shares.ReadAsync(cancellationToken))
        {
            using (batch)
            {
                if (left <= 0)
                {
                    yield break;
                }

                var length = (int)Math.Min(left, batch.Rows.Length);
                left -= length;
                using var rows = batch.Rows.Slice(0, length);
                var positions = new Int64Array.Builder().AppendRange(Enumerable.Range(0, length).Select(i => batch.Position + i)).Build();
                var ranks = new Int32Array.Builder().AppendRange(Enumerable.Repeat(rank, length)).Build();
                yield return new RecordBatch(Positioned(rows.Schema), [.. rows.Arrays, positions, ranks], length);
            }
        }
    }

    private static long Bytes(ArrayData data) => data.Buffers.Sum(b => (long)b.Length) + (data.Children?.Sum(Bytes) ?? 0);
}
