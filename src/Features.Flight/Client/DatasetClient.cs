using System.Runtime.CompilerServices;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Memory;
using Features.Flight.Protocol;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Features.Flight.Client;

/// <summary>Reads data sets from a Features data service.</summary>
public sealed class DatasetClient : IDisposable
{
    private const int StreamWindowBytes = 4 << 20;
    private readonly Lock gate = new();
    private readonly Dictionary<Uri, GrpcChannel> channels = [];
    private readonly DatasetClientOptions options;

    /// <summary>A client of the service at an address; nothing is sent yet.</summary>
    /// <param name="address"><c>grpc+tcp://</c>, <c>grpc://</c> or <c>http://</c> for clear text, <c>grpc+tls://</c> or <c>https://</c> for TLS.</param>
    /// <param name="options">How to call; null for the defaults.</param>
    /// <exception cref="ArgumentException">The address has another scheme.</exception>
    public DatasetClient(Uri address, DatasetClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        this.options = options ?? new DatasetClientOptions();
        Address = address;
        ChannelTo(address);
    }

    /// <summary>The service's address.</summary>
    public Uri Address { get; }

    internal MemoryAllocator Allocator => options.Allocator ?? MemoryAllocator.Default.Value;

    /// <summary>The data sets that the caller may see.</summary>
    /// <exception cref="FlightCallException">The service refused, or could not be reached.</exception>
    public async IAsyncEnumerable<DatasetInfo> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = Service(Address).ListFlights(new Criteria(), Headers(), cancellationToken: cancellationToken);
        while (await MoveNextAsync(call.ResponseStream, cancellationToken).ConfigureAwait(false))
        {
            var info = call.ResponseStream.Current;
            var order = ReadPlan.Parse(info.AppMetadata.Memory).Start.Order;
            yield return new DatasetInfo(info.FlightDescriptor.Path[0], order.Rows, order.Content, await SchemaOfAsync(info, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>Plans a read: order, steps and state are known before the first row is asked for.</summary>
    /// <exception cref="FlightCallException">The service refused, or could not be reached; its message says what to change.</exception>
    public async Task<DatasetReader> OpenAsync(DatasetRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            var command = new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = UnsafeByteOperations.UnsafeWrap(request.ToJson()) };
            var info = await Service(Address).GetFlightInfoAsync(command, Headers(), cancellationToken: cancellationToken).ConfigureAwait(false);
            return new DatasetReader(this, info, await SchemaOfAsync(info, cancellationToken).ConfigureAwait(false));
        }
        catch (RpcException fault)
        {
            throw Refused(fault, Address, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            foreach (var channel in channels.Values)
            {
                channel.Dispose();
            }

            channels.Clear();
        }
    }

    /// <summary>A stream whose first message, the schema, has come. Replicas are tried in turn while the service is unavailable.</summary>
    internal async Task<AsyncServerStreamingCall<FlightData>> StartAsync(FlightEndpoint endpoint, CancellationToken cancellationToken)
    {
        var locations = endpoint.Location.Select(location => new Uri(location.Uri)).DefaultIfEmpty(Address).ToList();
        var delay = options.RetryDelay;
        for (var attempt = 0; ; attempt++)
        {
            var address = locations[attempt % locations.Count];
            var call = Service(address).DoGet(endpoint.Ticket, Headers(), cancellationToken: cancellationToken);
            try
            {
                return await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false)
                    ? call
                    : throw new RpcException(new Status(StatusCode.DataLoss, "the stream ended before its schema"));
            }
            catch (RpcException fault) when (fault.StatusCode == StatusCode.Unavailable && attempt + 1 < options.Attempts)
            {
                call.Dispose();
            }
            catch (Exception fault)
            {
                call.Dispose();
                throw fault is RpcException refusal ? Refused(refusal, address, cancellationToken) : fault;
            }

            await Task.Delay(delay, options.Clock, cancellationToken).ConfigureAwait(false);
            delay *= 2;
        }
    }

    internal async Task<bool> MoveNextAsync<T>(IAsyncStreamReader<T> messages, CancellationToken cancellationToken)
    {
        try
        {
            return await messages.MoveNext(cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException fault)
        {
            throw Refused(fault, Address, cancellationToken);
        }
    }

    private static Exception Refused(RpcException fault, Uri address, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? new OperationCanceledException(fault.Message, fault, cancellationToken) : new FlightCallException(address, fault);

    private static async Task<Schema> SchemaOfAsync(FlightInfo info, CancellationToken cancellationToken)
    {
        using var reader = new ArrowStreamReader(new MemoryStream(info.Schema.ToByteArray(), writable: false), leaveOpen: false);
        return await reader.GetSchema(cancellationToken).ConfigureAwait(false);
    }

    private static Uri HttpOf(Uri address) => address.Scheme switch
    {
        "http" or "https" => address,
        "grpc" or "grpc+tcp" => new Uri("http://" + address.Authority),
        "grpc+tls" => new Uri("https://" + address.Authority),
        _ => throw new ArgumentException($"the address '{address}' has the scheme '{address.Scheme}'; use grpc+tcp or grpc+tls", nameof(address)),
    };

    private FlightService.FlightServiceClient Service(Uri address) => new(ChannelTo(address));

    private Metadata Headers() => options.BearerToken is { } token ? new Metadata { { "authorization", $"Bearer {token}" } } : [];

    private GrpcChannel ChannelTo(Uri address)
    {
        var http = HttpOf(address);
        lock (gate)
        {
            if (!channels.TryGetValue(http, out var channel))
            {
                channel = GrpcChannel.ForAddress(http, new GrpcChannelOptions
                {
                    MaxReceiveMessageSize = null,
                    HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, InitialHttp2StreamWindowSize = StreamWindowBytes },
                    DisposeHttpClient = true,
                });
                channels.Add(http, channel);
            }

            return channel;
        }
    }
}
