using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Features.Ordering;

/// <summary>
/// The identity of an order of samples: equal orders give equal samples at equal positions of equal epochs, on any server and
/// for any world size. Ranks, batches and columns are delivery and stay outside it.
/// </summary>
/// <param name="Content">The digest of the data set's content; a restored, equal data set has the same.</param>
/// <param name="Rows">N, the number of samples.</param>
/// <param name="Mode">How positions map to samples.</param>
/// <param name="Seed">The seed; without meaning in mode <see cref="OrderMode.None"/>, and part of the identity all the same.</param>
public sealed record Order(string Content, long Rows, OrderMode Mode, long Seed)
{
    /// <summary>The row filter in its canonical text; null if there is none.</summary>
    public string? Filter { get; init; }

    /// <summary>The hash of the policy outcome (masks, row filters) that the rows passed; null if nothing was changed.</summary>
    public string? Policy { get; init; }

    /// <summary>The shape of the lanes, blocks and groups of <see cref="OrderMode.Grouped"/>; null in every other mode.</summary>
    public Grouping? Grouping { get; init; }

    /// <summary>The algorithm's name and version. Null in a mode that permutes nothing.</summary>
    public string? Algorithm => Mode switch
    {
        OrderMode.Global => Permutation.Algorithm,
        OrderMode.Grouped => Ordering.Grouping.Algorithm,
        _ => null,
    };

    /// <summary><c>sha256:</c> and the hash, in hex, of the canonical encoding in <c>schemas/ordering/README.md</c>.</summary>
    public string Digest => "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Canonical())));

    /// <summary>The order's samples in one epoch, counted from 0.</summary>
    /// <exception cref="InvalidOperationException">The mode is grouped and <see cref="Grouping"/> is null, or the reverse.</exception>
    public EpochOrder InEpoch(long epoch) => new(this, epoch);

    internal IEnumerable<(string Name, string? Value)> Parts =>
    [
        ("content", Content),
        ("rows", Rows.ToString(CultureInfo.InvariantCulture)),
        ("filter", Filter),
        ("policy", Policy),
        ("algorithm", Algorithm),
        ("mode", Mode.ToName()),
        ("seed", Seed.ToString(CultureInfo.InvariantCulture)),
        ("grouping", Grouping?.ToString()),
    ];

    /// <summary>Writes the parts and the digest as one JSON object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteString("digest", Digest);
        json.WriteString("content", Content);
        json.WriteNumber("rows", Rows);
        json.WriteString("filter", Filter);
        json.WriteString("policy", Policy);
        json.WriteString("algorithm", Algorithm);
        json.WriteString("mode", Mode.ToName());
        json.WriteNumber("seed", Seed);
        if (Grouping is not null)
        {
            json.WritePropertyName("grouping");
            Grouping.WriteTo(json);
        }

        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="FormatException">A part is missing or of another type, the algorithm is unknown, or the digest does not belong to the parts.</exception>
    public static Order Read(JsonElement json)
    {
        var order = new Order(Json.Text(json, "content") ?? "", Json.Integer(json, "rows"), OrderModes.Parse(Json.Text(json, "mode") ?? ""), Json.Integer(json, "seed"))
        {
            Filter = Json.Text(json, "filter"),
            Policy = Json.Text(json, "policy"),
            Grouping = json.TryGetProperty("grouping", out var grouping) && grouping.ValueKind != JsonValueKind.Null ? Ordering.Grouping.Read(grouping) : null,
        };
        if (order.GroupingFault() is { } fault)
        {
            throw new FormatException(fault);
        }

        if (Json.Text(json, "algorithm") is var algorithm && algorithm != order.Algorithm)
        {
            throw new FormatException($"the order was made by the algorithm '{algorithm}'; this version computes '{order.Algorithm}'");
        }

        return Json.Text(json, "digest") == order.Digest
            ? order
            : throw new FormatException("the order's digest does not belong to its parts; the state was changed or cut off");
    }

    internal void CheckGrouping()
    {
        if (GroupingFault() is { } fault)
        {
            throw new InvalidOperationException(fault);
        }
    }

    private string? GroupingFault() => (Mode == OrderMode.Grouped, Grouping is not null) switch
    {
        (true, false) => "the order mode 'grouped' needs a grouping: block, group_blocks and lanes",
        (false, true) => $"a grouping belongs to the order mode 'grouped', and the mode is '{Mode.ToName()}'; change the mode, or leave the grouping out",
        _ => null,
    };

    // Each part carries its length in bytes, so that no value can look like two. Modes that are older than groupings have no line for one.
    private string Canonical()
    {
        var text = new StringBuilder("features-order-v1\n");
        foreach (var (name, value) in Parts.Where(part => part.Name != "grouping" || part.Value is not null))
        {
            var length = value is null ? "-" : Encoding.UTF8.GetByteCount(value).ToString(CultureInfo.InvariantCulture);
            text.Append(name).Append(':').Append(length).Append(':').Append(value).Append('\n');
        }

        return text.ToString();
    }
}
