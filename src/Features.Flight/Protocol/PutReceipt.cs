using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Features.Flight.Protocol;

/// <summary>What became of rows that were put: they are committed. Its JSON (<c>schemas/flight/put/result/result.schema.json</c>) is the last PutResult's app_metadata.</summary>
/// <param name="Id">The put's name; to send the same rows under it again adds nothing.</param>
/// <param name="Table">The table that they went into.</param>
/// <param name="Rows">Rows that were put.</param>
/// <param name="Good">Rows that are in the table.</param>
/// <param name="Quarantined">Rows that broke its rules, and are in its quarantine.</param>
public sealed record PutReceipt(string Id, string Table, long Rows, long Good, long Quarantined)
{
    /// <summary>The snapshot that has the good rows; null if there is none of them.</summary>
    public long? Snapshot { get; init; }

    /// <summary>The quarantine's snapshot; null if nothing was quarantined.</summary>
    public long? QuarantineSnapshot { get; init; }

    /// <summary>Whether the put was taken before, and this call added nothing.</summary>
    public bool Duplicate { get; init; }

    internal ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("state", "done");
        json.WriteString("id", Id);
        json.WriteString("table", Table);
        json.WriteNumber("rows", Rows);
        json.WriteNumber("good", Good);
        json.WriteNumber("quarantined", Quarantined);
        Write(json, "snapshot", Snapshot);
        Write(json, "quarantine_snapshot", QuarantineSnapshot);
        json.WriteBoolean("duplicate", Duplicate);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    internal static PutReceipt Parse(JsonElement json) => new(
        json.GetProperty("id").GetString()!, json.GetProperty("table").GetString()!, json.GetProperty("rows").GetInt64(), json.GetProperty("good").GetInt64(), json.GetProperty("quarantined").GetInt64())
    {
        Snapshot = SnapshotOf(json, "snapshot"),
        QuarantineSnapshot = SnapshotOf(json, "quarantine_snapshot"),
        Duplicate = json.GetProperty("duplicate").GetBoolean(),
    };

    // A text, since not every reader of JSON carries 63 bits.
    private static void Write(Utf8JsonWriter json, string name, long? snapshot)
    {
        if (snapshot is { } id)
        {
            json.WriteString(name, id.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static long? SnapshotOf(JsonElement json, string name) =>
        json.TryGetProperty(name, out var id) ? long.Parse(id.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture) : null;
}
