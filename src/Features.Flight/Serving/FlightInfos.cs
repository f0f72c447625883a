using System.Buffers;
using System.Text.Json;
using Features.Flight.Cache;
using Features.Flight.Frames;
using Features.Flight.Protocol;
using Features.Ordering;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Features.Flight.Serving;

/// <summary>Planned reads as the protocol's messages: schema, totals, one endpoint with its ticket, and the plan in app_metadata.</summary>
internal sealed class FlightInfos(TicketAuthority tickets, DatasetCache cache, FlightOptions options)
{
    public FlightInfo Describe(PlannedRead read, FlightDescriptor descriptor, Caller caller, ServerCallContext context)
    {
        var (now, delivery) = (tickets.Now, read.Delivery);
        var claims = new TicketClaims
        {
            KeyId = tickets.SigningKeyId,
            Id = tickets.NewId(),
            Subject = caller.Subject,
            Dataset = read.Store.Dataset.Name,
            Order = read.Order,
            Epoch = read.Epoch,
            Position = delivery.First,
            Delivery = delivery.Delivery,
            Columns = read.Ordinals.Length == read.Store.Dataset.Schema.FieldsList.Count && ReferenceEquals(read.Schema, read.Store.Dataset.Schema)
                ? null
                : [.. read.Schema.FieldsList.Select(field => field.Name)],
            NotBefore = now,
            Expires = now + options.TicketLifetime,
        };
        var metadata = UnsafeByteOperations.UnsafeWrap(Metadata(read));
        return new FlightInfo
        {
            Schema = UnsafeByteOperations.UnsafeWrap(SchemaMessage.Encode(read.Schema)),
            FlightDescriptor = descriptor,
            TotalRecords = delivery.RankRows,
            TotalBytes = TotalBytes(read),
            Ordered = true,
            AppMetadata = metadata,
            Endpoint =
            {
                new FlightEndpoint
                {
                    Ticket = new Ticket { Ticket_ = UnsafeByteOperations.UnsafeWrap(tickets.Sign(claims)) },
                    Location = { Locations(context).Select(uri => new Location { Uri = uri }) },
                    ExpirationTime = Timestamp.FromDateTimeOffset(claims.Expires),
                    AppMetadata = metadata,
                },
            },
        };
    }

    private static byte[] Metadata(PlannedRead read)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteNumber("v", 1);
        json.WritePropertyName("state");
        new OrderState(read.Order, read.Epoch, read.Delivery.First).WriteTo(json);
        json.WriteNumber("rank", read.Delivery.Delivery.Rank);
        json.WriteNumber("world", read.Delivery.Delivery.World);
        json.WriteNumber("batch", read.Delivery.Delivery.Batch);
        json.WriteString("tail", read.Delivery.Delivery.Tail.ToName());
        json.WriteNumber("steps", read.Delivery.Steps);
        json.WriteNumber("rows", read.Delivery.RankRows);
        json.WriteNumber("dropped", read.Delivery.Dropped);
        json.WriteNumber("padded", read.Delivery.Padded);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    // Known once the data set is in memory; before that, -1 as the protocol has it.
    private long TotalBytes(PlannedRead read)
    {
        if (read.Delivery.RankRows == 0)
        {
            return 0;
        }

        return cache.BytesOf(read.Store, read.Ordinals) is { } bytes
            ? (long)((double)bytes / read.Store.Dataset.Rows * read.Delivery.RankRows)
            : -1;
    }

    private IEnumerable<string> Locations(ServerCallContext context)
    {
        if (options.Locations.Count > 0)
        {
            return options.Locations.Select(location => location.OriginalString);
        }

        var request = context.GetHttpContext().Request;
        return [$"{(request.IsHttps ? "grpc+tls" : "grpc+tcp")}://{request.Host.Value}"];
    }
}
