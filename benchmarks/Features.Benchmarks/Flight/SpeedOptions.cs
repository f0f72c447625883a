using System.Globalization;

namespace Features.Benchmarks.Flight;

/// <summary>What <c>flight-speed</c> is asked for.</summary>
internal sealed record SpeedOptions
{
    /// <summary>Rows of the data set.</summary>
    public long Rows { get; init; } = 4_000_000;

    /// <summary>Values of a row.</summary>
    public int Width { get; init; } = 32;

    /// <summary>Rows of a batch.</summary>
    public int Batch { get; init; } = 4096;

    /// <summary>Rounds, in each of which everything is measured once; the medians are printed.</summary>
    public int Rounds { get; init; } = 5;

    public static SpeedOptions Parse(IReadOnlyList<string> args)
    {
        var options = new SpeedOptions();
        for (var i = 0; i + 1 < args.Count; i += 2)
        {
            var value = long.Parse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture);
            options = args[i] switch
            {
                "--rows" => options with { Rows = value },
                "--width" => options with { Width = (int)value },
                "--batch" => options with { Batch = (int)value },
                "--rounds" => options with { Rounds = (int)value },
                _ => throw new ArgumentException($"there is no option '{args[i]}'; there are --rows N, --width N, --batch N, --rounds N"),
            };
        }

        return args.Count % 2 == 0 ? options : throw new ArgumentException($"'{args[^1]}' has no value");
    }
}
