using System.Text.Json;
using Apache.Arrow;
using Features.Flight.Client.Messages;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Flight.Client;

/// <summary>What a FlightInfo says of a read: the plan in its app_metadata, the columns, and the ticket with its places and its time.</summary>
internal sealed record ReadPlan(OrderState Start, DeliveryPlan Delivery, Schema Schema, FlightEndpoint Endpoint, long TotalBytes)
{
    private const string ReuseConnection = "arrow-flight-reuse-connection";

    /// <exception cref="InvalidDataException">It is no info of a Features service.</exception>
    public static ReadPlan Of(FlightInfo info)
    {
        if (info.Endpoint.Count != 1)
        {
            throw new InvalidDataException($"the service names {info.Endpoint.Count} endpoints; an ordered read has one");
        }

        try
        {
            using var document = JsonDocument.Parse(info.AppMetadata.Memory);
            var json = document.RootElement;
            var start = OrderState.Read(json.GetProperty("state"));
            var delivery = new Delivery(
                json.GetProperty("batch").GetInt32(), json.GetProperty("world").GetInt32(), json.GetProperty("rank").GetInt32(), Tails.Parse(json.GetProperty("tail").GetString()!));
            return new ReadPlan(start, delivery.From(start.Order.Rows, start.Position), SchemaOf(info.Schema.Span), info.Endpoint[0], info.TotalBytes);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new InvalidDataException($"the service's plan is not as schemas/flight describes it: {fault.Message}", fault);
        }
    }

    /// <summary>Where the ticket can be redeemed, in the server's order; never empty.</summary>
    /// <param name="address">The address at which the plan was made.</param>
    public IReadOnlyList<Uri> Locations(Uri address)
    {
        var known = Endpoint.Location
            .Select(location => Uri.TryCreate(location.Uri, UriKind.Absolute, out var uri) ? uri : null)
            .OfType<Uri>()
            .Select(uri => uri.Scheme == ReuseConnection ? address : uri)
            .Where(uri => uri.Scheme is "grpc" or "grpc+tcp" or "grpc+tls" or "grpc+unix" or "http" or "https")
            // A service reached over a socket of this machine cannot know how it is reached from elsewhere, unless it was told.
            .Prepend(address.Scheme is "grpc+unix" or "unix" ? address : null)
            .OfType<Uri>()
            .Distinct()
            .ToList();
        return known.Count > 0 ? known : [address];
    }

    /// <summary>Whether the ticket may still start a stream.</summary>
    public bool Holds(DateTimeOffset now) => Endpoint.ExpirationTime is null || now < Endpoint.ExpirationTime.ToDateTimeOffset();

    public static Schema SchemaOf(ReadOnlySpan<byte> encapsulated) => EncapsulatedMessage.SchemaOf(encapsulated);
}
