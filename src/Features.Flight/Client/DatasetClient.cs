using System.Runtime.CompilerServices;
using System.Text.Json;
using Features.Flight.Client.Hpack;
using Features.Flight.Client.Http2;
using Features.Flight.Client.Streams;
using Features.Flight.Protocol;
using Features.Flight.Validation;
using Google.Protobuf;
using Grpc.Core;
using Action = Features.Flight.Protocol.Action;

namespace Features.Flight.Client;

/// <summary>
/// Reads data sets from a Features data service. Rows come over connections of the client's own, straight into the memory of the batches; what is asked of the service besides
/// goes through gRPC as usual.
/// </summary>
public sealed partial class DatasetClient : IDisposable
{
    private const string DoGet = "/arrow.flight.protocol.FlightService/DoGet";
    private const int PrefixBytes = 5;

    private readonly ControlChannels control;
    private readonly ConnectionPool connections;

    /// <summary>A client of the service at an address; nothing is sent yet.</summary>
    /// <param name="address">
    /// <c>grpc+tcp://host:port</c>, <c>grpc://</c> or <c>http://</c> for clear text, <c>grpc+tls://</c> or <c>https://</c> for TLS, <c>grpc+unix:///path</c> for a Unix socket.
    /// </param>
    /// <param name="options">How to call; null for the defaults.</param>
    /// <exception cref="ArgumentException">The address has another scheme.</exception>
    /// <exception cref="System.ComponentModel.DataAnnotations.ValidationException">An option is out of range.</exception>
    public DatasetClient(Uri address, DatasetClientOptions? options = null)
    {
        _ = ServiceAddress.Parse(address);
        (Address, Options) = (address, (options ?? new DatasetClientOptions()).Validated());
        var dialer = new Dialer(Options);
        control = new ControlChannels(dialer);
        connections = new ConnectionPool(dialer, Options.PrefetchBytes, Options.Clock);
    }

    /// <summary>The service's address.</summary>
    public Uri Address { get; }

    internal DatasetClientOptions Options { get; }

    /// <summary>The data sets that the caller may see.</summary>
    /// <exception cref="FlightCallException">The service refused, or could not be reached.</exception>
    public async IAsyncEnumerable<DatasetInfo> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = control.To(Address).ListFlights(new Criteria(), Headers(), cancellationToken: cancellationToken);
        while (await CallAsync(() => call.ResponseStream.MoveNext(cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            yield return DatasetInfo.Of(call.ResponseStream.Current);
        }
    }

    /// <summary>A data set by its name.</summary>
    /// <exception cref="FlightCallException">The service refused, has no such data set, or could not be reached.</exception>
    public async Task<DatasetInfo> InfoAsync(string dataset, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        var descriptor = new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Path, Path = { dataset } };
        return DatasetInfo.Of(await CallAsync(async () => await control.To(Address).GetFlightInfoAsync(descriptor, Headers(), cancellationToken: cancellationToken), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Plans a read: order, steps and state are known before the first row is asked for.</summary>
    /// <exception cref="FlightCallException">The service refused, or could not be reached; its message says what to change.</exception>
    public async Task<DatasetReader> OpenAsync(DatasetRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var plan = await CallAsync(() => PlanAsync(Address, request, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new DatasetReader(this, request, plan);
    }

    /// <summary>
    /// A reader for each epoch, from the request's on, without an end: each is planned when it is asked for. With <see cref="DatasetRequest.Follow"/> a newer version of the
    /// data set is given at an epoch's edge, and only there.
    /// </summary>
    /// <exception cref="FlightCallException">The service refused, or could not be reached.</exception>
    public async IAsyncEnumerable<DatasetReader> EpochsAsync(DatasetRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = await OpenAsync(request, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            yield return reader;
            reader = await reader.NextEpochAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Has the service load what a request needs, and says how far it is, until it is ready. The last one says so.</summary>
    /// <exception cref="FlightCallException">The service refused, the load failed, or the service could not be reached.</exception>
    public IAsyncEnumerable<LoadProgress> PollAsync(DatasetRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return PollAsync(Command(request), cancellationToken);
    }

    /// <summary>Has the service load what a request needs; done when it is in memory.</summary>
    /// <param name="request">The read that will follow.</param>
    /// <param name="progress">Is told how far the load is, if it takes a while; null for nobody.</param>
    /// <param name="cancellationToken">Ends the wait, and not the load.</param>
    /// <exception cref="FlightCallException">The service refused, the load failed, or the service could not be reached.</exception>
    public async Task WarmAsync(DatasetRequest request, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        await foreach (var step in PollAsync(request, cancellationToken).ConfigureAwait(false))
        {
            progress?.Report(step);
        }
    }

    /// <summary>Has the service load what a reader planned; done when it is in memory. It is held for the reader alone: <see cref="CancelAsync"/> lets it go.</summary>
    /// <param name="reader">The read that will follow.</param>
    /// <param name="progress">Is told how far the load is, if it takes a while; null for nobody.</param>
    /// <param name="cancellationToken">Ends the wait, and not the load.</param>
    /// <exception cref="FlightCallException">The service refused, the load failed, or the service could not be reached.</exception>
    public async Task WarmAsync(DatasetReader reader, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);

        // A poll that begins with a ticket goes on with the ticket's lease.
        var descriptor = new FlightDescriptor { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = reader.Endpoint.Ticket.Ticket_ };
        await foreach (var step in PollAsync(descriptor, cancellationToken).ConfigureAwait(false))
        {
            progress?.Report(step);
        }
    }

    /// <summary>Keeps what a request reads, in its layout, in the service's memory until it is unpinned; it is loaded when somebody reads or warms it.</summary>
    /// <exception cref="FlightCallException">The service refused, or could not be reached.</exception>
    public Task PinAsync(DatasetRequest request, CancellationToken cancellationToken) => ActAsync("pin", BodyOf(request), cancellationToken);

    /// <summary>Lets what was pinned by a request for the same data and layout be dropped from memory again when its room is needed.</summary>
    /// <exception cref="FlightCallException">The service refused, or could not be reached.</exception>
    public Task UnpinAsync(DatasetRequest request, CancellationToken cancellationToken) => ActAsync("unpin", BodyOf(request), cancellationToken);

    /// <summary>Drops a data set that nobody reads from the service's memory.</summary>
    /// <returns>How many layouts of it were dropped.</returns>
    /// <exception cref="FlightCallException">The service refused, for instance because it is in use, or could not be reached.</exception>
    public async Task<int> EvictAsync(string dataset, CancellationToken cancellationToken) =>
        (await ActAsync("evict", Named(dataset), cancellationToken).ConfigureAwait(false)).GetProperty("evicted").GetInt32();

    /// <summary>Runs one of the service's actions that take and give JSON (<c>schemas/flight</c>): each of its results as it comes.</summary>
    /// <param name="action">Its name.</param>
    /// <param name="body">What it takes, as UTF-8 JSON; empty for nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="FlightCallException">The service refused, or could not be reached.</exception>
    public async IAsyncEnumerable<JsonElement> RunAsync(string action, ReadOnlyMemory<byte> body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = control.To(Address).DoAction(new Action { Type = action, Body = UnsafeByteOperations.UnsafeWrap(body) }, Headers(), cancellationToken: cancellationToken);
        while (await CallAsync(() => call.ResponseStream.MoveNext(cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            using var json = JsonDocument.Parse(call.ResponseStream.Current.Body.Memory);
            yield return json.RootElement.Clone();
        }
    }

    /// <summary>What the service says of itself.</summary>
    /// <exception cref="FlightCallException">The service could not be reached.</exception>
    public async Task<ServiceHealth> HealthAsync(CancellationToken cancellationToken)
    {
        var health = await ActAsync("health", [], cancellationToken).ConfigureAwait(false);
        return new ServiceHealth(
            health.GetProperty("status").GetString()!, health.GetProperty("budget_bytes").GetInt64(), health.GetProperty("used_bytes").GetInt64(), health.GetProperty("datasets").GetInt32());
    }

    /// <summary>Has the service hold what a reader planned for longer, so that its ticket may start a stream later.</summary>
    /// <returns>Until when it is held now; null if the service does not say.</returns>
    /// <exception cref="FlightCallException">The service refused, for instance because it has expired, or could not be reached.</exception>
    public async Task<DateTimeOffset?> RenewAsync(DatasetReader reader, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var result = await ActRawAsync("RenewFlightEndpoint", new RenewFlightEndpointRequest { Endpoint = reader.Endpoint }.ToByteArray(), cancellationToken).ConfigureAwait(false);
        reader.Renew(FlightEndpoint.Parser.ParseFrom(result));
        return reader.Expires;
    }

    /// <summary>Tells the service that what a reader planned is not wanted any more.</summary>
    /// <exception cref="FlightCallException">The service refused, or could not be reached.</exception>
    public async Task<CancelOutcome> CancelAsync(DatasetReader reader, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var request = new CancelFlightInfoRequest { Info = new FlightInfo { FlightDescriptor = Command(reader.Request), Endpoint = { reader.Endpoint } } };
        var result = await ActRawAsync("CancelFlightInfo", request.ToByteArray(), cancellationToken).ConfigureAwait(false);
        return (CancelOutcome)CancelFlightInfoResult.Parser.ParseFrom(result).Status;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        control.Dispose();
        connections.Dispose();
    }

    /// <summary>A stream whose first message, the schema, has come. The caller disposes it.</summary>
    /// <exception cref="RpcException">The service refused, or could not be reached.</exception>
    internal async Task<BatchStream> StreamAsync(Uri location, ReadOnlyMemory<byte> ticket, CancellationToken cancellationToken)
    {
        var address = ServiceAddress.Parse(location);
        var stream = new BatchStream(Options, connection => connections.Return(address, connection));
        try
        {
            using var cancelling = cancellationToken.UnsafeRegister(static (state, token) => ((BatchStream)state!).Abort(new OperationCanceledException(token)), stream);
            await connections.OpenAsync(address, CallHeaders(address), Framed(new Ticket { Ticket_ = UnsafeByteOperations.UnsafeWrap(ticket) }), stream, cancellationToken).ConfigureAwait(false);
            await stream.SchemaAsync().ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <exception cref="RpcException">The service refused, or could not be reached.</exception>
    internal async Task<ReadPlan> PlanAsync(Uri location, DatasetRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return ReadPlan.Of(await control.To(location).GetFlightInfoAsync(Command(request), Headers(), cancellationToken: cancellationToken).ConfigureAwait(false));
        }
        catch (Exception fault) when (fault is InvalidDataException or IpcFormatException)
        {
            throw new RpcException(new Status(StatusCode.DataLoss, fault.Message, fault));
        }
    }

    internal Task PauseAsync(int failures, CancellationToken cancellationToken) =>
        Task.Delay(Options.RetryDelay * Math.Pow(2, Math.Min(failures, 16)), Options.Clock, cancellationToken);

    internal static Exception Refused(RpcException fault, Uri address, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested ? new OperationCanceledException(fault.Message, fault, cancellationToken) : new FlightCallException(address, ConnectFault.Explained(address, fault));

    private static FlightDescriptor Command(DatasetRequest request) => new()
    {
        Type = FlightDescriptor.Types.DescriptorType.Cmd,
        Cmd = UnsafeByteOperations.UnsafeWrap(request.ToJson()),
    };

    private static byte[] BodyOf(DatasetRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.ToJson().ToArray();
    }

    private static byte[] Named(string dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return JsonSerializer.SerializeToUtf8Bytes(new { dataset });
    }

    private static byte[] Framed(Ticket ticket)
    {
        var message = new byte[PrefixBytes + ticket.CalculateSize()];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), message.Length - PrefixBytes);
        ticket.WriteTo(message.AsSpan(PrefixBytes));
        return message;
    }

    private List<Header> CallHeaders(ServiceAddress address)
    {
        List<Header> headers =
        [
            new(":method", "POST"), new(":scheme", address.Transport == ServiceTransport.Tls ? "https" : "http"), new(":path", DoGet), new(":authority", address.Authority),
            new("content-type", "application/grpc"), new("te", "trailers"), new("user-agent", "features-flight"),
        ];
        if (Options.StreamTimeout is { } timeout)
        {
            // At most eight digits: gRPC over HTTP/2, Requests.
            headers.Add(timeout.TotalMilliseconds < 100_000_000 ? new("grpc-timeout", $"{Math.Max(1, (long)timeout.TotalMilliseconds)}m") : new("grpc-timeout", $"{Math.Min(99_999_999, (long)timeout.TotalSeconds)}S"));
        }

        if (Options.BearerToken is { } token)
        {
            headers.Add(new("authorization", $"Bearer {token}"));
        }

        return headers;
    }

    private Metadata Headers() => Options.BearerToken is { } token ? new Metadata { { "authorization", $"Bearer {token}" } } : [];

    private async IAsyncEnumerable<LoadProgress> PollAsync(FlightDescriptor? descriptor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (descriptor is not null)
        {
            var asked = descriptor;
            var poll = await CallAsync(async () => await control.To(Address).PollFlightInfoAsync(asked, Headers(), cancellationToken: cancellationToken), cancellationToken).ConfigureAwait(false);
            descriptor = poll.FlightDescriptor;
            yield return new LoadProgress(descriptor is null ? 1 : poll.Progress, descriptor is null, poll.Info?.TotalBytes ?? -1);
        }
    }

    private async Task<JsonElement> ActAsync(string type, byte[] body, CancellationToken cancellationToken)
    {
        using var json = JsonDocument.Parse(await ActRawAsync(type, body, cancellationToken).ConfigureAwait(false));
        return json.RootElement.Clone();
    }

    private Task<byte[]> ActRawAsync(string type, byte[] body, CancellationToken cancellationToken) => CallAsync(
        async () =>
        {
            using var call = control.To(Address).DoAction(new Action { Type = type, Body = UnsafeByteOperations.UnsafeWrap(body) }, Headers(), cancellationToken: cancellationToken);
            byte[] last = [];
            while (await call.ResponseStream.MoveNext(cancellationToken).ConfigureAwait(false))
            {
                last = call.ResponseStream.Current.Body.ToByteArray();
            }

            return last;
        },
        cancellationToken);

    private async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (RpcException fault)
        {
            throw Refused(fault, Address, cancellationToken);
        }
    }
}
