using System.Buffers;
using System.Text.Json;
using Features.Ordering;

namespace Features.Flight.Serving;

/// <summary>What a ticket says: the whole read, pinned, for one subject and a time.</summary>
internal sealed record TicketClaims
{
    public required string KeyId { get; init; }

    public required string Id { get; init; }

    public required string Subject { get; init; }

    public required string Dataset { get; init; }

    public required Order Order { get; init; }

    public required long Epoch { get; init; }

    public required long Position { get; init; }

    public required Delivery Delivery { get; init; }

    /// <summary>The columns by name; null for all.</summary>
    public required IReadOnlyList<string>? Columns { get; init; }

    public required DateTimeOffset NotBefore { get; init; }

    public required DateTimeOffset Expires { get; init; }

    public byte[] ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteNumber("v", 1);
        json.WriteString("kid", KeyId);
        json.WriteString("id", Id);
        json.WriteString("sub", Subject);
        json.WriteString("dataset", Dataset);
        json.WriteString("digest", Order.Content);
        json.WriteNumber("rows", Order.Rows);
        json.WriteString("outcome", Order.Policy);
        json.WriteString("mode", Order.Mode.ToName());
        json.WriteNumber("seed", Order.Seed);
        json.WriteNumber("epoch", Epoch);
        json.WriteNumber("position", Position);
        json.WriteNumber("rank", Delivery.Rank);
        json.WriteNumber("world", Delivery.World);
        json.WriteNumber("batch", Delivery.Batch);
        json.WriteString("tail", Delivery.Tail.ToName());
        if (Columns is not null)
        {
            json.WriteStartArray("columns");
            foreach (var column in Columns)
            {
                json.WriteStringValue(column);
            }

            json.WriteEndArray();
        }

        json.WriteNumber("nbf", NotBefore.ToUnixTimeSeconds());
        json.WriteNumber("exp", Expires.ToUnixTimeSeconds());
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote; only called on bytes whose signature holds.</summary>
    public static TicketClaims Parse(ReadOnlyMemory<byte> text)
    {
        using var document = JsonDocument.Parse(text);
        var json = document.RootElement;
        if (json.GetProperty("v").GetInt32() is var version && version != 1)
        {
            throw FlightErrors.StalePlan($"the ticket has version {version}, and this service reads 1; ask GetFlightInfo for a new one");
        }

        return new TicketClaims
        {
            KeyId = Text("kid")!,
            Id = Text("id")!,
            Subject = Text("sub")!,
            Dataset = Text("dataset")!,
            Order = new Order(Text("digest")!, Number("rows"), OrderModes.Parse(Text("mode")!), Number("seed")) { Policy = Text("outcome") },
            Epoch = Number("epoch"),
            Position = Number("position"),
            Delivery = new Delivery((int)Number("batch"), (int)Number("world"), (int)Number("rank"), Tails.Parse(Text("tail")!)),
            Columns = json.TryGetProperty("columns", out var columns) ? [.. columns.EnumerateArray().Select(column => column.GetString()!)] : null,
            NotBefore = DateTimeOffset.FromUnixTimeSeconds(Number("nbf")),
            Expires = DateTimeOffset.FromUnixTimeSeconds(Number("exp")),
        };

        string? Text(string name) => json.GetProperty(name).GetString();
        long Number(string name) => json.GetProperty(name).GetInt64();
    }
}
