using System.CommandLine;
using System.Globalization;
using Features.Cli.Output;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Cli.Commands.Fetching;

/// <summary>What <c>features fetch</c> asks for: a data set, an order, a share of it and a layout.</summary>
internal sealed class FetchOptions
{
    private readonly DatasetChoice choice = new();
    private readonly Option<int> batch = new("--batch") { Description = "Rows a rank gets in a step.", DefaultValueFactory = _ => 4096 };
    private readonly Option<string> shuffle = new Option<string>("--shuffle")
    {
        Description = "The order: global (exact), grouped (blocks shuffled in groups), or none (stored order).", DefaultValueFactory = _ => "none",
    }.AcceptOnlyFromAmong("none", "global", "grouped");

    private readonly Option<int> block = new("--block") { Description = "grouped: consecutive samples that stay together until their group is shuffled.", DefaultValueFactory = _ => 1024 };
    private readonly Option<int> blocks = new("--blocks") { Description = "grouped: blocks of a group, inside which samples are shuffled.", DefaultValueFactory = _ => 64 };
    private readonly Option<int> lanes = new("--lanes") { Description = "grouped: lanes among which positions go round.", DefaultValueFactory = _ => 1 };
    private readonly Option<long> seed = new("--seed") { Description = "The seed of a shuffled order." };
    private readonly Option<long> epoch = new("--epoch") { Description = "The epoch, from 0." };
    private readonly Option<long> epochs = new("--epochs") { Description = "How many epochs, one after the other.", DefaultValueFactory = _ => 1 };
    private readonly Option<string> rank = new("--rank") { Description = "Which rank's share, from 0; or 'all' for every rank, merged by position.", DefaultValueFactory = _ => "0" };
    private readonly Option<int> world = new("--world") { Description = "How many ranks share an epoch.", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> tail = new("--tail")
    {
        Description = "The last, partial step: keep (one rank's default), drop (several ranks' default) or pad. With --rank all the default is every row, once.",
    };

    private readonly Option<bool> follow = new("--follow") { Description = "Take a newer version of the data set from the next epoch on that no rank has begun." };
    private readonly Option<string?> state = new("--state")
    {
        Description = "Resume from this file, if it is there, and write to it where to go on: the next sample, or the next epoch. An order that is not given is the file's.", HelpName = "FILE",
    };

    public IEnumerable<Symbol> Symbols =>
    [
        .. choice.Symbols, batch, shuffle, block, blocks, lanes, seed, epoch, epochs, rank, world, tail, follow, state,
    ];

    /// <summary>The request of the first epoch, for rank 0.</summary>
    public DatasetRequest Request(ParseResult parse, OrderState? resumed)
    {
        if (resumed is not null && parse.GetResult(epoch) is { Implicit: false })
        {
            throw new CliException(CliException.Usage, $"--epoch and --state {StateFile(parse)} both say where to begin; leave one out, or delete the file");
        }

        var order = resumed?.Order;
        var mode = order is not null && parse.GetResult(shuffle) is not { Implicit: false } ? order.Mode : OrderModes.Parse(parse.GetRequiredValue(shuffle));
        if (mode == OrderMode.None && parse.GetResult(seed) is { Implicit: false })
        {
            throw new CliException(CliException.Usage, "--seed is for --shuffle global or grouped");
        }

        var chosen = choice.Request(parse);
        return chosen with
        {
            Filter = chosen.Filter ?? order?.Filter,
            Batch = parse.GetValue(batch),
            Shuffle = mode,
            Grouping = mode != OrderMode.Grouped ? NoGrouping(parse) : order?.Grouping ?? Named("--block, --blocks and --lanes", () => new Grouping(parse.GetValue(block), parse.GetValue(blocks), parse.GetValue(lanes))),
            Seed = order is not null && parse.GetResult(seed) is not { Implicit: false } ? order.Seed : parse.GetValue(seed),
            Epoch = parse.GetValue(epoch),
            World = parse.GetValue(world),
            Tail = parse.GetValue(tail) is { } text ? Named("--tail", () => Tails.Parse(text)) : IsWhole(parse) ? Tail.Pad : null,
            Follow = parse.GetValue(follow),
            State = resumed,
        };
    }

    /// <summary>True for every rank's rows, each once: what fills up the last step is left out.</summary>
    public bool IsWhole(ParseResult parse) => IsAll(parse) && parse.GetValue(tail) is null && parse.GetValue(world) > 1;

    /// <summary>True if the rows of an epoch come without gaps, so that any of them may be the last that was used.</summary>
    public bool IsEveryRank(ParseResult parse) => IsAll(parse) || parse.GetValue(world) == 1;

    public IReadOnlyList<int> Ranks(ParseResult parse)
    {
        if (parse.GetValue(world) < 1)
        {
            throw new CliException(CliException.Usage, $"--world {parse.GetValue(world)} has no rank; it counts from 1");
        }

        return IsAll(parse) ? [.. Enumerable.Range(0, parse.GetValue(world))]
            : int.TryParse(parse.GetValue(rank), NumberStyles.None, CultureInfo.InvariantCulture, out var one) ? [one]
            : throw new CliException(CliException.Usage, $"--rank {parse.GetValue(rank)} is neither a number from 0 nor 'all'");
    }

    public long Epochs(ParseResult parse) =>
        parse.GetValue(epochs) is >= 1 and var count ? count : throw new CliException(CliException.Usage, $"--epochs {parse.GetValue(epochs)} is none; it counts from 1");

    public string? StateFile(ParseResult parse) => parse.GetValue(state);

    private bool IsAll(ParseResult parse) => parse.GetValue(rank) == "all";

    private Grouping? NoGrouping(ParseResult parse)
    {
        var given = new Option[] { block, blocks, lanes }.FirstOrDefault(o => parse.GetResult(o) is { Implicit: false });
        return given is null ? null : throw new CliException(CliException.Usage, $"{given.Name} is for --shuffle grouped");
    }

    private static T Named<T>(string options, Func<T> parse)
    {
        try
        {
            return parse();
        }
        catch (Exception fault) when (fault is FormatException or ArgumentException)
        {
            throw new CliException(CliException.Usage, $"{options}: {fault.Message}");
        }
    }
}
