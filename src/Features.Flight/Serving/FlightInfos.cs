using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Cache;
using Features.Flight.Frames;
using Features.Flight.Protocol;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Features.Flight.Serving;

/// <summary>Planned reads as the protocol's messages: schema, totals, one endpoint with its ticket, and the plan in app_metadata.</summary>
internal sealed class FlightInfos(TicketDesk tickets, DatasetCache cache, FlightOptions options)
{
    // Flight.proto, Location: the client's own connection.
    private const string SameConnection = "arrow-flight-reuse-connection://?";

    /// <summary>The info of a read under a ticket.</summary>
    public FlightInfo Describe(PlannedRead read, TicketClaims claims, FlightDescriptor? descriptor, ServerCallContext context) => new()
    {
        Schema = UnsafeByteOperations.UnsafeWrap(SchemaMessage.Encode(read.Schema)),
        FlightDescriptor = descriptor,
        TotalRecords = read.Delivery.RankRows,
        TotalBytes = TotalBytes(read),
        Ordered = true,
        AppMetadata = UnsafeByteOperations.UnsafeWrap(PlanMetadata.Of(read)),
        Endpoint = { Endpoint(read, claims, context) },
    };

    /// <summary>Where, how long and with which ticket a read is to be had.</summary>
    public FlightEndpoint Endpoint(PlannedRead read, TicketClaims claims, ServerCallContext context) => new()
    {
        Ticket = new Ticket { Ticket_ = UnsafeByteOperations.UnsafeWrap(tickets.Sign(claims)) },
        Location = { Locations(context).Select(uri => new Location { Uri = uri }) },
        ExpirationTime = Timestamp.FromDateTimeOffset(claims.Expires),
        AppMetadata = UnsafeByteOperations.UnsafeWrap(PlanMetadata.Of(read)),
    };

    // Said where it is exact: of a share of rows whose lengths differ it is not, and -1 stands for unknown.
    private long TotalBytes(PlannedRead read)
    {
        var (rows, all) = (read.Delivery.RankRows, read.Store.Dataset.Rows);
        if (rows == 0)
        {
            return 0;
        }

        return (rows == all || read.Schema.FieldsList.All(field => IsFixed(field.DataType))) && cache.BytesOf(read.Store, read.Ordinals) is { } bytes
            ? (long)((Int128)bytes * rows / all)
            : -1;
    }

    private static bool IsFixed(IArrowType type) => type switch
    {
        FixedSizeListType list => IsFixed(list.ValueDataType),
        StructType record => record.Fields.All(field => IsFixed(field.DataType)),
        _ => type is FixedWidthType,
    };

    private IEnumerable<string> Locations(ServerCallContext context)
    {
        // A client at the Unix socket may see its file under another path, and may reach nothing else: it stays where it is, first of all.
        var http = context.GetHttpContext();
        var isSocket = http.Connection.LocalIpAddress is null;
        if (options.Locations.Count > 0)
        {
            var told = options.Locations.Select(location => location.OriginalString);
            return isSocket ? told.Prepend(SameConnection).Distinct() : told;
        }

        return isSocket ? [SameConnection] : [$"{(http.Request.IsHttps ? "grpc+tls" : "grpc+tcp")}://{http.Request.Host.Value}"];
    }
}
