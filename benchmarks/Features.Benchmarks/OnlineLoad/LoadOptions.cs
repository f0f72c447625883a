using System.Globalization;

namespace Features.Benchmarks.OnlineLoad;

/// <summary>What <c>online-load</c> was asked for.</summary>
internal sealed record LoadOptions
{
    /// <summary>Seconds that are measured, of each run.</summary>
    public int Seconds { get; private init; } = 20;

    /// <summary>Seconds before, at the same rate, that are not measured.</summary>
    public int WarmUpSeconds { get; private init; } = 8;

    /// <summary>Connections of the client.</summary>
    public int Connections { get; private init; } = 100;

    /// <summary>Keys in the store.</summary>
    public int Entities { get; private init; } = 100_000;

    /// <summary>Runs to make, <c>VIEWSxRATExBATCH</c>: over so many views, so many requests a second, for so many keys each.</summary>
    public IReadOnlyList<LoadRun> Runs { get; private init; } =
        [new(5, 2_000, 1), new(5, 50, 100), new(1, 500, 10), new(5, 500, 10), new(10, 500, 10)];

    /// <summary>A service that runs already, over the same workspace; null to start one.</summary>
    public Uri? Url { get; private init; }

    /// <summary>The workspace's folder, kept; null for a temporary one.</summary>
    public string? Keep { get; private init; }

    public static LoadOptions Parse(IReadOnlyList<string> args)
    {
        var options = new LoadOptions();
        for (var i = 0; i + 1 < args.Count; i += 2)
        {
            var value = args[i + 1];
            options = args[i] switch
            {
                "--seconds" => options with { Seconds = Number(value) },
                "--warm-up" => options with { WarmUpSeconds = Number(value) },
                "--connections" => options with { Connections = Number(value) },
                "--entities" => options with { Entities = Number(value) },
                "--runs" => options with { Runs = [.. value.Split(',').Select(LoadRun.Parse)] },
                "--url" => options with { Url = new Uri(value) },
                "--keep" => options with { Keep = value },
                _ => throw new ArgumentException($"there is no option '{args[i]}'; there are --seconds N, --warm-up N, --connections N, --entities N, --runs VIEWSxRATExBATCH,…, --url URL, --keep DIR"),
            };
        }

        return args.Count % 2 == 0 ? options : throw new ArgumentException($"'{args[^1]}' has no value");
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}

/// <summary>One run of the benchmark: 50 features over so many views.</summary>
internal sealed record LoadRun(int Views, int RequestsPerSecond, int Batch)
{
    public static LoadRun Parse(string text)
    {
        int[] parts = [.. text.Split('x').Select(p => int.Parse(p, NumberStyles.None, CultureInfo.InvariantCulture))];
        return new LoadRun(parts[0], parts[1], parts[2]);
    }
}
