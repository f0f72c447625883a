using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Features.Cli.Commands.Fetching;
using Features.Cli.Output;
using Features.Flight.Client;
using Features.Flight.Protocol;

namespace Features.Cli.Commands;

/// <summary><c>features cache</c>: what a Flight server holds in memory.</summary>
internal static class CacheCommand
{
    public static Command Create(CliConsole console) => Verb.Create(
        "cache",
        "Look at, fill and empty the memory of a Flight server.",
        "features cache warm delays --layout tensor",
        Asked(console, "status", "Say how full the server's memory is, and how many streams it serves.", "health"),
        Asked(console, "streams", "List your open streams: how far they are, and who waits for whom.", "streams"),
        List(console),
        Chosen(console, "warm", "Load a data set before the first job asks for it, and hold it for as long as a ticket would.", "features cache warm delays --layout tensor"),
        Chosen(console, "pin", "Keep a data set in memory, once it is loaded, until it is unpinned.", "features cache pin delays"),
        Chosen(console, "unpin", "Let a data set go when its room is needed.", "features cache unpin delays"),
        Evict(console));

    private static Command Asked(CliConsole console, string verb, string description, string action)
    {
        var (target, json) = (new FlightTarget(), Verb.Json());
        return Verb.Create(verb, description, $"features cache {verb}", [json, .. target.Options]).Does(async (parse, cancellationToken) =>
        {
            using var client = await target.ConnectAsync(parse, cancellationToken);
            await target.WhenUpAsync(parse, () => client.HealthAsync(cancellationToken), cancellationToken);
            await PrintAsync(console, client.RunAsync(action, default, cancellationToken), parse.GetValue(json), cancellationToken);
        });
    }

    private static Command List(CliConsole console)
    {
        var (target, json) = (new FlightTarget(), Verb.Json());
        return Verb.Create(
            "list",
            "List what is in the server's memory, and the training sets that it offers you besides; any table of its catalog is served too (--table NAME).",
            "features cache list",
            [json, .. target.Options]).Does(async (parse, cancellationToken) =>
            {
                using var client = await target.ConnectAsync(parse, cancellationToken);
                await target.WhenUpAsync(parse, () => client.HealthAsync(cancellationToken), cancellationToken);
                var inMemory = new HashSet<(string, string)>();
                await foreach (var result in client.RunAsync("list", default, cancellationToken))
                {
                    var cached = JsonObject.Create(result)!;
                    inMemory.Add(((string)cached["dataset"]!, (string)cached["digest"]!));
                    await console.Out.WriteLineAsync(parse.GetValue(json) ? JsonSerializer.Serialize(cached) : CachedLine.Of(cached));
                }

                await foreach (var set in client.ListAsync(cancellationToken))
                {
                    if (!inMemory.Contains((set.Name, set.Digest)))
                    {
                        await console.Out.WriteLineAsync(parse.GetValue(json) ? JsonSerializer.Serialize(Offered(set)) : CachedLine.OfOffered(set));
                    }
                }
            });
    }

    // As what is in memory, and none of it there.
    private static JsonObject Offered(DatasetInfo set) => new() { ["dataset"] = set.Name, ["digest"] = set.Digest, ["rows"] = 0, ["total"] = set.Rows, ["bytes"] = 0, ["ready"] = false };

    private static Command Chosen(CliConsole console, string verb, string description, string example)
    {
        var (choice, target, json) = (new DatasetChoice(), new FlightTarget(), Verb.Json());
        return Verb.Create(verb, description, example, [.. choice.Symbols, json, .. target.Options]).Does(async (parse, cancellationToken) =>
        {
            var request = choice.Request(parse);
            using var client = await target.ConnectAsync(parse, cancellationToken);
            await target.WhenUpAsync(parse, () => client.HealthAsync(cancellationToken), cancellationToken);
            await PrintAsync(console, client.RunAsync(verb, request.ToJson(), cancellationToken), parse.GetValue(json), cancellationToken);
        });
    }

    private static Command Evict(CliConsole console)
    {
        var (choice, target, json) = (new DatasetChoice(), new FlightTarget(), Verb.Json());
        return Verb.Create("evict", "Drop what nobody reads or holds of a data set, in every layout and version.", "features cache evict delays", [.. choice.Names, json, .. target.Options]).Does(
            async (parse, cancellationToken) =>
            {
                var name = choice.NameOf(parse);
                var body = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { [name.Contains('.', StringComparison.Ordinal) ? "table" : "dataset"] = name });
                using var client = await target.ConnectAsync(parse, cancellationToken);
                await target.WhenUpAsync(parse, () => client.HealthAsync(cancellationToken), cancellationToken);
                await PrintAsync(console, client.RunAsync("evict", body, cancellationToken), parse.GetValue(json), cancellationToken);
            });
    }

    // A result a line: as it came, or for people.
    private static async Task PrintAsync(CliConsole console, IAsyncEnumerable<JsonElement> results, bool isJson, CancellationToken cancellationToken)
    {
        await foreach (var result in results.WithCancellation(cancellationToken))
        {
            await console.Out.WriteLineAsync(isJson ? JsonSerializer.Serialize(result) : string.Join("  ", result.EnumerateObject().Select(member => $"{member.Name.Replace('_', ' ')} {member.Value}")));
        }
    }
}
