using System.Text.Json;
using Features.Flight.Layout;
using Features.Ordering;

namespace Features.Flight.Protocol;

/// <summary>Reads a request member by member and collects every fault before it fails.</summary>
internal sealed class DatasetRequestReader
{
    private static readonly string[] Versions = ["snapshot", "ref", "as_of"];
    private static readonly string[] Known =
    [
        "dataset", "table", "snapshot", "ref", "as_of", "filter", "columns", "layout", "tensor", "batch", "shuffle", "grouping", "seed", "epoch", "position",
        "rank", "world", "tail", "state", "follow", "max_message_bytes",
    ];

    private readonly List<string> faults = [];
    private readonly RequestMembers json;

    private DatasetRequestReader(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("the command must be a JSON object, as schemas/flight/request.schema.json describes it");
        }

        this.json = new RequestMembers(json, faults);
        this.json.CheckKnown(Known);
    }

    /// <exception cref="FormatException">Rules are broken; the message names every one.</exception>
    public static DatasetRequest Read(JsonElement json)
    {
        var reader = new DatasetRequestReader(json);
        var request = reader.Read();
        reader.Check(request);
        return reader.faults.Count == 0 ? request : throw new FormatException("the request is refused: " + string.Join("; ", reader.faults));
    }

    private DatasetRequest Read()
    {
        var state = json.Read("state", value => OrderState.Read(value));
        return new DatasetRequest(json.Text("dataset") ?? json.Text("table") ?? "")
        {
            Table = json.Has("table") ? VersionOf() : null,
            Filter = json.Text("filter", DatasetRequest.MaxFilter),
            Columns = json.Names("columns"),
            Tensor = TensorOf(),
            Batch = (int)(json.Integer("batch", 1, DatasetRequest.MaxBatch) ?? 4096),
            Shuffle = json.Read("shuffle", value => (OrderMode?)OrderModes.Parse(RequestMembers.TextOf(value))) ?? OrderMode.None,
            Grouping = json.Read("grouping", value => Grouping.Read(value)),
            Seed = json.Integer("seed", 0, DatasetRequest.MaxInteger) ?? 0,
            Epoch = state?.Epoch ?? json.Integer("epoch", 0, DatasetRequest.MaxInteger) ?? 0,
            Position = state?.Position ?? json.Integer("position", 0, Permutation.MaxCount) ?? 0,
            Rank = (int)(json.Integer("rank", 0, DatasetRequest.MaxWorld - 1) ?? 0),
            World = (int)(json.Integer("world", 1, DatasetRequest.MaxWorld) ?? 1),
            Tail = json.Read("tail", value => (Tail?)Tails.Parse(RequestMembers.TextOf(value))),
            State = state,
            Follow = json.Flag("follow"),
            MaxMessageBytes = (int?)json.Integer("max_message_bytes", DatasetRequest.LeastMessageBytes, DatasetRequest.MostMessageBytes),
        };
    }

    private TableSelection VersionOf() => new()
    {
        Snapshot = json.Read("snapshot", value => SnapshotIds.Parse(RequestMembers.TextOf(value))),
        Ref = json.Text("ref"),
        AsOf = json.Read("as_of", value => (DateTimeOffset?)Moments.Parse(RequestMembers.TextOf(value))),
    };

    private TensorOptions? TensorOf()
    {
        var layout = json.Text("layout");
        if (layout is not (null or "columns" or "tensor"))
        {
            json.Refuse($"'layout': the layout '{layout}' is unknown; use 'columns' or 'tensor'");
        }

        if (json.Has("tensor") && layout != "tensor")
        {
            json.Refuse("'tensor' goes with \"layout\":\"tensor\"; set it, or leave 'tensor' out");
        }

        return layout == "tensor" ? json.Members("tensor", "type", "fill", "mask") is { } tensor ? TensorJson.Read(tensor) : new TensorOptions() : null;
    }

    // What no single member can say.
    private void Check(DatasetRequest request)
    {
        Require(json.Has("dataset") || json.Has("table"), "'dataset' is missing: the name of a training set; or 'table', the name of a table");
        Require(!json.Has("dataset") || !json.Has("table"), "'dataset' and 'table' exclude each other; name one");
        string[] versions = [.. Versions.Where(json.Has)];
        Require(versions.Length == 0 || json.Has("table"), $"'{versions.FirstOrDefault()}' goes with 'table'; a training set is pinned as it is");
        Require(versions.Length < 2, $"{string.Join(" and ", versions.Select(name => $"'{name}'"))} exclude each other; name one version of the table");
        Require(!request.Follow || !(json.Has("snapshot") || json.Has("as_of")), "'follow' takes newer versions, which 'snapshot' and 'as_of' exclude; leave one out");
        Require(request.State is null || !(json.Has("epoch") || json.Has("position")), "'state' carries epoch and position; leave 'epoch' and 'position' out");
        Require(request.Shuffle != OrderMode.Grouped || json.Has("grouping"), "'grouping' is missing: \"shuffle\":\"grouped\" needs {\"block\",\"group_blocks\",\"lanes\"}");
        Require(request.Shuffle == OrderMode.Grouped || !json.Has("grouping"), "'grouping' goes with \"shuffle\":\"grouped\"; set it, or leave 'grouping' out");
        Require(request.Rank < request.World, $"'rank' is {request.Rank}, and must be less than 'world', which is {request.World}");
        Require(request is not { Tail: Tail.Keep, World: > 1 }, $"'tail' cannot be 'keep' for {request.World} ranks, for they must have equal steps; use 'drop' or 'pad'");
    }

    private void Require(bool holds, string fault)
    {
        if (!holds)
        {
            faults.Add(fault);
        }
    }
}
