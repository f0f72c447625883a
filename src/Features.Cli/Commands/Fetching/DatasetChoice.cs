using System.CommandLine;
using Features.Cli.Output;
using Features.Flight.Layout;
using Features.Flight.Protocol;

namespace Features.Cli.Commands.Fetching;

/// <summary>A data set at a server: a training set or a version of a table, its rows and columns, and their layout.</summary>
internal sealed class DatasetChoice
{
    private readonly Argument<string?> dataset = new("dataset") { Description = "The training set's name at the server; none with --table.", HelpName = "DATASET", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> table = new("--table") { Description = "Read a table of the server's catalog instead: namespace.name.", HelpName = "NAME" };
    private readonly SnapshotChoice version = new();
    private readonly Option<string?> where = new("--where") { Description = "A SQL condition on the rows, such as \"_split = 'train'\".", HelpName = "SQL" };
    private readonly Option<string?> select = new("--select") { Description = "Columns, separated by commas; default: all.", HelpName = "a,b" };
    private readonly Option<string> layout = new Option<string>("--layout")
    {
        Description = "columns, or tensor: the numeric features packed into one column 'features', the other columns beside it.", DefaultValueFactory = _ => "columns",
    }.AcceptOnlyFromAmong("columns", "tensor");

    private readonly Option<string> tensorType = new Option<string>("--tensor-type") { Description = "The tensor's values.", DefaultValueFactory = _ => "float32" }.AcceptOnlyFromAmong("float32", "float16");
    private readonly Option<float> fill = new("--fill") { Description = "What stands for a missing value in the tensor.", DefaultValueFactory = _ => float.NaN };
    private readonly Option<bool> mask = new("--mask") { Description = "Add a column 'features_mask': 1 where a value was there, 0 where it is the fill." };

    public IEnumerable<Symbol> Symbols => [dataset, table, .. version.Options, where, select, layout, tensorType, fill, mask];

    /// <summary>What names it, whatever its version.</summary>
    public IEnumerable<Symbol> Names => [dataset, table];

    /// <summary>The request for all of it, in stored order.</summary>
    public DatasetRequest Request(ParseResult parse) => new(NameOf(parse))
    {
        Table = Version(parse),
        Filter = parse.GetValue(where),
        Columns = ScanQuery.Names(parse.GetValue(select)),
        Tensor = Tensor(parse),
    };

    /// <summary>Its name; a table's has a dot.</summary>
    public string NameOf(ParseResult parse) => (parse.GetValue(dataset), parse.GetValue(table)) switch
    {
        ({ } set, null) when set.Contains('.', StringComparison.Ordinal) => throw new CliException(CliException.Usage, $"'{set}' names a table, for it has a dot; write --table {set}"),
        ({ } set, null) => set,
        (null, { } name) => name,
        (null, null) => throw new CliException(CliException.Usage, "name a training set, or a table with --table NAME"),
        var (set, name) => throw new CliException(CliException.Usage, $"the training set '{set}' and --table {name} are named together; name one of them"),
    };

    private TableSelection? Version(ParseResult parse)
    {
        var chosen = version.Of(parse);
        if (parse.GetValue(table) is not null)
        {
            return new TableSelection { Snapshot = chosen.SnapshotId, Ref = chosen.Ref, AsOf = chosen.AsOf };
        }

        return chosen is { SnapshotId: null, Ref: null, AsOf: null } ? null
            : throw new CliException(CliException.Usage, "--snapshot, --as-of and --ref choose a table's version; name the table with --table NAME");
    }

    private TensorOptions? Tensor(ParseResult parse)
    {
        if (parse.GetValue(layout) == "tensor")
        {
            return new TensorOptions { Type = parse.GetValue(tensorType) == "float16" ? TensorType.Float16 : TensorType.Float32, Fill = parse.GetValue(fill), Mask = parse.GetValue(mask) };
        }

        var given = new Option[] { tensorType, fill, mask }.FirstOrDefault(o => parse.GetResult(o) is { Implicit: false });
        return given is null ? null : throw new CliException(CliException.Usage, $"{given.Name} is for --layout tensor");
    }
}
