using System.Text.Json;
using Features.Ordering;

namespace Features.Flight.Client;

/// <summary>The plan that a FlightInfo carries in its app_metadata.</summary>
internal sealed record ReadPlan(OrderState Start, DeliveryPlan Delivery)
{
    public static ReadPlan Parse(ReadOnlyMemory<byte> metadata)
    {
        using var document = JsonDocument.Parse(metadata);
        var json = document.RootElement;
        var start = OrderState.Read(json.GetProperty("state"));
        var delivery = new Delivery(
            json.GetProperty("batch").GetInt32(), json.GetProperty("world").GetInt32(), json.GetProperty("rank").GetInt32(), Tails.Parse(json.GetProperty("tail").GetString()!));
        return new ReadPlan(start, delivery.From(start.Order.Rows, start.Position));
    }
}
