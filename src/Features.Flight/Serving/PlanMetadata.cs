using System.Buffers;
using System.Text.Json;
using Features.Ordering;

namespace Features.Flight.Serving;

/// <summary>A planned read as the <c>app_metadata</c> of its info: the state that it begins with, and what this rank will get.</summary>
internal static class PlanMetadata
{
    public static byte[] Of(PlannedRead read)
    {
        var (plan, delivery) = (read.Delivery, read.Delivery.Delivery);
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteNumber("v", 1);
        json.WritePropertyName("state");
        new OrderState(read.Order, read.Epoch, plan.First).WriteTo(json);
        json.WriteNumber("rank", delivery.Rank);
        json.WriteNumber("world", delivery.World);
        json.WriteNumber("batch", delivery.Batch);
        json.WriteString("tail", delivery.Tail.ToName());
        json.WriteNumber("steps", plan.Steps);
        json.WriteNumber("rows", plan.RankRows);
        json.WriteNumber("dropped", plan.Dropped);
        json.WriteNumber("padded", plan.Padded);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
