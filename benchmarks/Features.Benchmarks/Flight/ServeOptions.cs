using System.Globalization;

namespace Features.Benchmarks.Flight;

/// <summary>What <c>flight-serve</c> is asked for.</summary>
internal sealed record ServeOptions
{
    /// <summary>Rows of each data set.</summary>
    public long Rows { get; init; } = 2_000_000;

    /// <summary>Columns of float32, packed into the tensor or side by side.</summary>
    public int Width { get; init; } = 32;

    /// <summary>Rows of a batch, where the server and not the reader says so (the stock server).</summary>
    public int Batch { get; init; } = 4096;

    /// <summary>Whether the server is the one of the package Apache.Arrow.Flight.AspNetCore instead of the product's.</summary>
    public bool IsStock { get; init; }

    /// <summary>Whether Kestrel is left as it comes: without the product's pool, frames and buffers.</summary>
    public bool IsUntuned { get; init; }

    public static ServeOptions Parse(IReadOnlyList<string> args)
    {
        var options = new ServeOptions();
        for (var i = 0; i + 1 < args.Count; i += 2)
        {
            var value = args[i + 1];
            options = args[i] switch
            {
                "--rows" => options with { Rows = Number(value) },
                "--width" => options with { Width = (int)Number(value) },
                "--batch" => options with { Batch = (int)Number(value) },
                "--server" => options with { IsStock = value == "stock", IsUntuned = value == "untuned" },
                _ => throw new ArgumentException($"there is no option '{args[i]}'; there are --rows N, --width N, --batch N, --server product|untuned|stock"),
            };
        }

        return args.Count % 2 == 0 ? options : throw new ArgumentException($"'{args[^1]}' has no value");
    }

    public IEnumerable<string> ToArguments() =>
    [
        "--rows", Rows.ToString(CultureInfo.InvariantCulture), "--width", Width.ToString(CultureInfo.InvariantCulture), "--batch", Batch.ToString(CultureInfo.InvariantCulture),
        "--server", IsStock ? "stock" : IsUntuned ? "untuned" : "product",
    ];

    private static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
