using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Features.Ordering;

/// <summary>
/// How far a job has come: all that it takes to resume at the next unseen sample, with any world size and any batch.
/// It carries the order's parts, not the digest alone, so that a refusal can name the part that differs.
/// </summary>
/// <param name="Order">The order that the positions belong to.</param>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="Position">The positions consumed in that epoch by all ranks together, from 0 to N.</param>
public sealed record OrderState(Order Order, long Epoch, long Position)
{
    /// <summary>Checks that the state may go on in <paramref name="order"/>.</summary>
    /// <exception cref="OrderMismatchException">A part of the order differs; the message says which, and both values.</exception>
    public void Check(Order order)
    {
        ArgumentNullException.ThrowIfNull(order);
        var differing = Order.Parts.Zip(order.Parts).Where(pair => pair.First.Value != pair.Second.Value).ToList();
        if (differing.Count > 0)
        {
            var parts = differing.Select(pair => pair.First.Name).ToList();
            var values = differing.Select(pair => $"{pair.First.Name} was {pair.First.Value ?? "absent"}, is {pair.Second.Value ?? "absent"}");
            throw new OrderMismatchException(parts, $"the state belongs to another order: {string.Join("; ", values)}. Resume with the order of the state, or start anew without it");
        }
    }

    /// <summary>The state as JSON, under 1 KB for digests of usual length.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            WriteTo(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Writes the state as one JSON object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteNumber("v", 1);
        json.WritePropertyName("order");
        Order.WriteTo(json);
        json.WriteNumber("epoch", Epoch);
        json.WriteNumber("position", Position);
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">It is no state, of another version, or its digest does not belong to its parts.</exception>
    public static OrderState Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return Read(json.RootElement);
        }
        catch (JsonException cause)
        {
            throw new FormatException($"the state is no JSON: {cause.Message}", cause);
        }
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="FormatException">It is no state, of another version, or its digest does not belong to its parts.</exception>
    public static OrderState Read(JsonElement json)
    {
        if (Json.Integer(json, "v") is var version && version != 1)
        {
            throw new FormatException($"the state has version {version}; this version reads 1");
        }

        var order = Order.Read(Json.Member(json, "order"));
        var position = Json.Integer(json, "position");
        return position <= order.Rows
            ? new OrderState(order, Json.Integer(json, "epoch"), position)
            : throw new FormatException($"the state's position {position} lies past the order's {order.Rows} rows");
    }
}
