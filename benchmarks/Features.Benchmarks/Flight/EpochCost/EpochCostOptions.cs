using System.Globalization;

namespace Features.Benchmarks.Flight.EpochCost;

/// <summary>What is measured, and over which data.</summary>
internal sealed record EpochCostOptions
{
    /// <summary>Rows of the data set.</summary>
    public long Rows { get; init; } = 10_000_000;

    /// <summary>float32 features of a row.</summary>
    public int Width { get; init; } = 32;

    /// <summary>Rows of a batch.</summary>
    public int Batch { get; init; } = 4096;

    /// <summary>Rows of the shuffle buffer of the trainer that reads files.</summary>
    public int Buffer { get; init; } = 262_144;

    /// <summary>Epochs of a trainer; the first is not counted.</summary>
    public int Epochs { get; init; } = 6;

    /// <summary>Megabytes a second at which the storage delivers; null for as fast as it does.</summary>
    public int? ThrottleMb { get; init; }

    /// <summary>Where the data lies; made if it is not there.</summary>
    public string Folder { get; init; } = Path.Combine(Path.GetTempPath(), "features-epoch-cost");

    /// <summary>Null for the command that starts the others: <c>files</c>, <c>server</c>, <c>flight</c>.</summary>
    public string? Role { get; init; }

    /// <summary>Where the server is.</summary>
    public Uri? Address { get; init; }

    public static EpochCostOptions Parse(IReadOnlyList<string> args)
    {
        var options = new EpochCostOptions();
        for (var i = 0; i + 1 < args.Count; i += 2)
        {
            var value = args[i + 1];
            options = args[i] switch
            {
                "--rows" => options with { Rows = long.Parse(value, CultureInfo.InvariantCulture) },
                "--width" => options with { Width = int.Parse(value, CultureInfo.InvariantCulture) },
                "--batch" => options with { Batch = int.Parse(value, CultureInfo.InvariantCulture) },
                "--buffer" => options with { Buffer = int.Parse(value, CultureInfo.InvariantCulture) },
                "--epochs" => options with { Epochs = int.Parse(value, CultureInfo.InvariantCulture) },
                "--throttle-mb" => options with { ThrottleMb = int.Parse(value, CultureInfo.InvariantCulture) },
                "--folder" => options with { Folder = value },
                "--role" => options with { Role = value },
                "--address" => options with { Address = new Uri(value) },
                _ => throw new ArgumentException($"'{args[i]}' is unknown; known are --rows, --width, --batch, --buffer, --epochs, --throttle-mb and --folder"),
            };
        }

        return options;
    }

    /// <summary>The options of a process that plays one role.</summary>
    public IReadOnlyList<string> ArgumentsOf(string role, Uri? address) =>
    [
        EpochCostCommand.Name, "--role", role, "--rows", Text(Rows), "--width", Text(Width), "--batch", Text(Batch), "--buffer", Text(Buffer), "--epochs", Text(Epochs), "--folder", Folder,
        .. ThrottleMb is { } mb ? ["--throttle-mb", Text(mb)] : Array.Empty<string>(),
        .. address is not null ? ["--address", address.OriginalString] : Array.Empty<string>(),
    ];

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
