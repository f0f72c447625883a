using System.CommandLine;
using Features.Cli.Output;
using Features.Iceberg;
using Features.Iceberg.Spec;
using Features.Iceberg.Transactions;

namespace Features.Cli.Commands;

/// <summary><c>features table evolve</c>: columns, partitioning, order and properties, all in one commit.</summary>
internal static class TableEvolveCommand
{
    public static Command Create(CliConsole console)
    {
        var add = Many("--add", "Add a column: its name (the path, within a struct), its type, and at will 'required', 'comment …', 'first', 'after x' or 'before x'.", "\"NAME TYPE …\"");
        var rename = Many("--rename", "Rename a column; its values stay.", "OLD=NEW");
        var drop = Many("--drop", "Drop a column; snapshots that stand keep it.", "NAME");
        var type = Many("--type", "Widen a column: int to long, float to double, a decimal to more digits.", "NAME=TYPE");
        var optional = Many("--optional", "Let a column be null.", "NAME");
        var require = Many("--require", "Let a column be null no more. Rows that stand are not looked at, so --allow-incompatible must say that none is null.", "NAME");
        var allow = new Option<bool>("--allow-incompatible") { Description = "Allow what rows that stand may contradict (--require, a required --add)." };
        var doc = Many("--doc", "Describe a column; an empty text takes the description away.", "NAME=TEXT");
        var move = Many("--move", "Move a column.", "\"NAME first|after X|before X\"");
        var key = new Option<string?>("--key") { Description = "The columns that identify a row; an empty text for none.", HelpName = "a,b" };
        var addPartition = Many("--partition-add", "Partition new files by this too.", "\"day(at), …\"");
        var dropPartition = Many("--partition-drop", "Partition new files by this no more: a partition field's name, or its term.", "\"at_day, …\"");
        var sort = new Option<string?>("--sort") { Description = "The order of rows in new files; an empty text for none.", HelpName = "\"a, b desc\"" };
        var set = Many("--set", "Set a table property.", "KEY=VALUE");
        var unset = Many("--unset", "Remove a table property.", "KEY");
        return TableChange.Create(
            console, "evolve", "Change a table's columns, partitioning, order and properties, all in one commit. Columns are named as they are now, before any --rename, but in --partition-add and --sort as they are after it; no data file is rewritten.",
            "features table evolve flights.departures --add \"gate string after origin\" --doc \"distance=in miles\" --partition-add \"bucket(16, origin)\"",
            [add, rename, drop, type, optional, require, allow, doc, move, key, addPartition, dropPartition, sort, set, unset],
            (parse, table) =>
            {
                string[] All(Option<string[]> option) => parse.GetValue(option) ?? [];
                var schema = new UpdateSchema { AllowIncompatible = parse.GetValue(allow) };
                var isSchema = false;
                void Each(Option<string[]> option, Action<string> change)
                {
                    foreach (var text in All(option))
                    {
                        isSchema = true;
                        change(text);
                    }
                }

                Each(drop, path => schema.DropColumn(path));
                Each(rename, text => With(text, "--rename", (old, name) => schema.RenameColumn(old, name)));
                Each(type, text => With(text, "--type", (path, wanted) => schema.WidenColumn(path, Primitive(path, wanted))));
                Each(optional, path => schema.MakeOptional(path));
                Each(require, path => schema.MakeRequired(path));
                Each(doc, text => With(text, "--doc", (path, words) => schema.SetDoc(path, words.Length == 0 ? null : words)));
                Each(add, text => Add(schema, ColumnText.Parse(text)));
                Each(move, text => Move(schema, ColumnText.ParseMove(text)));
                if (parse.GetValue(key) is { } names)
                {
                    isSchema = true;
                    schema.SetIdentifierFields([.. names.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)]);
                }

                var actions = new List<IAction>();
                if (isSchema)
                {
                    actions.Add(schema);
                }

                TransformTerm[] added = [.. All(addPartition).SelectMany(PartitionText.Parse)], dropped = [.. All(dropPartition).SelectMany(PartitionText.Parse)];
                if (added.Length + dropped.Length > 0)
                {
                    actions.Add(Partition(table.Metadata, added, dropped));
                }

                if (parse.GetValue(sort) is { } order)
                {
                    actions.Add(Order(SortText.Parse(order)));
                }

                var properties = All(unset).ToDictionary(k => k, _ => (string?)null);
                foreach (var text in All(set))
                {
                    With(text, "--set", (k, v) => properties[k] = v);
                }

                if (properties.Count > 0)
                {
                    actions.Add(new SetProperties(properties));
                }

                return actions.Count > 0 ? actions : throw new CliException(CliException.Usage, "nothing to change was named; see 'features table evolve --help'");
            });
    }

    /// <summary>Splits <c>KEY=VALUE</c>.</summary>
    public static void With(string text, string option, Action<string, string> use)
    {
        if (text.Split('=', 2) is not [{ Length: > 0 } left, var right])
        {
            throw new CliException(CliException.Usage, $"{option} '{text}' lacks '='; write {option} NAME=VALUE");
        }

        use(left.Trim(), right.Trim());
    }

    private static Option<string[]> Many(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName, AllowMultipleArgumentsPerToken = false };

    private static PrimitiveType Primitive(string path, string text) => SchemaText.ParseType(text) as PrimitiveType
        ?? throw new InvalidTableArgumentException($"column '{path}' cannot become {text}: only primitive types are widened");

    private static void Add(UpdateSchema schema, ColumnText text)
    {
        schema.AddColumn(text.Parent, text.Column.Name, text.Column.Type, text.Column.Doc, text.Column.Required);
        if (text.Place is { } place)
        {
            Move(schema, (text.Path, place));
        }
    }

    private static void Move(UpdateSchema schema, (string Path, ColumnPlace Place) move) => _ = move.Place switch
    {
        { Other: null } => schema.MoveFirst(move.Path),
        { IsAfter: true, Other: { } other } => schema.MoveAfter(move.Path, other),
        { Other: var other } => schema.MoveBefore(move.Path, other),
    };

    private static UpdatePartitionSpec Partition(TableMetadata metadata, IReadOnlyList<TransformTerm> added, IReadOnlyList<TransformTerm> dropped)
    {
        var spec = new UpdatePartitionSpec();
        foreach (var term in dropped)
        {
            // A bare word may be a field's name or, for identity, its column.
            _ = term.Transform.Kind == TransformKind.Identity && metadata.DefaultSpec.Fields.Any(f => f.Name == term.Column) ? spec.RemoveField(term.Column) : spec.RemoveField(term.Column, term.Transform);
        }

        foreach (var term in added)
        {
            spec.AddField(term.Column, term.Transform, term.Name);
        }

        return spec;
    }

    private static ReplaceSortOrder Order(IReadOnlyList<SortTerm> terms)
    {
        var order = new ReplaceSortOrder();
        foreach (var term in terms)
        {
            _ = term.Descending ? order.Descending(term.Term.Column, term.Term.Transform, term.NullsFirst) : order.Ascending(term.Term.Column, term.Term.Transform, term.NullsFirst);
        }

        return order;
    }
}
