using System.Text.Json;
using Features.Ordering;

namespace Features.Flight.Protocol;

/// <summary>Reads a request member by member and collects every fault before it fails.</summary>
internal sealed class DatasetRequestReader(JsonElement json)
{
    private static readonly string[] Known =
        ["dataset", "batch", "shuffle", "seed", "epoch", "position", "rank", "world", "tail", "columns", "state", "filter"];

    private readonly List<string> faults = [];

    public DatasetRequest Read()
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("the command must be a JSON object, as schemas/flight/request.schema.json describes it");
        }

        faults.AddRange(json.EnumerateObject().Where(member => !Known.Contains(member.Name))
            .Select(member => $"'{member.Name}' is unknown; known are {string.Join(", ", Known)}"));
        if (json.TryGetProperty("filter", out _))
        {
            faults.Add("'filter' is reserved and not served; filter in the data set's definition");
        }

        var state = Read("state", value => OrderState.Read(value));
        if (state is not null && (json.TryGetProperty("epoch", out _) || json.TryGetProperty("position", out _)))
        {
            faults.Add("'state' carries epoch and position; leave 'epoch' and 'position' out");
        }

        var request = new DatasetRequest(Text("dataset") ?? "")
        {
            Batch = (int)Integer("batch", 4096, 1, DatasetRequest.MaxBatch),
            Shuffle = Read("shuffle", value => (OrderMode?)OrderModes.Parse(String(value))) ?? OrderMode.None,
            Seed = Integer("seed", 0, 0, DatasetRequest.MaxInteger),
            Epoch = state?.Epoch ?? Integer("epoch", 0, 0, DatasetRequest.MaxInteger),
            Position = state?.Position ?? Integer("position", 0, 0, Permutation.MaxCount),
            Rank = (int)Integer("rank", 0, 0, DatasetRequest.MaxWorld - 1),
            World = (int)Integer("world", 1, 1, DatasetRequest.MaxWorld),
            Tail = Read("tail", value => (Tail?)Tails.Parse(String(value))),
            Columns = Read("columns", Names),
            State = state,
        };
        if (request.Dataset.Length == 0)
        {
            faults.Add("'dataset' is missing: the name of a data set");
        }

        if (request.Rank >= request.World)
        {
            faults.Add($"'rank' is {request.Rank}, and must be less than 'world', which is {request.World}");
        }

        if (request is { Tail: Tail.Keep, World: > 1 })
        {
            faults.Add($"'tail' cannot be 'keep' for {request.World} ranks, for they must have equal steps; use 'drop' or 'pad'");
        }

        return faults.Count == 0 ? request : throw new FormatException("the request is refused: " + string.Join("; ", faults));
    }

    private static string String(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException("must be a string");

    private static string[] Names(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            throw new FormatException("must be a list of at least one column name; leave it out for all columns");
        }

        var names = value.EnumerateArray().Select(String).ToArray();
        var twice = names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? names : throw new FormatException($"has '{twice.Key}' twice");
    }

    private string? Text(string name) => Read(name, String);

    private long Integer(string name, long fallback, long least, long most) =>
        Read(name, value => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most
            ? (long?)number
            : throw new FormatException($"must be a whole number from {least} to {most}")) ?? fallback;

    private T? Read<T>(string name, Func<JsonElement, T> read)
    {
        if (!json.TryGetProperty(name, out var value))
        {
            return default;
        }

        try
        {
            return read(value);
        }
        catch (FormatException fault)
        {
            faults.Add($"'{name}': {fault.Message}");
            return default;
        }
    }
}
