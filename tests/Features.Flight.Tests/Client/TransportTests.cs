using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Apache.Arrow;
using Features.Flight.Client;
using Features.Flight.Client.Http2;
using Features.Flight.Protocol;
using Features.Ordering;
using Grpc.Core;
using Microsoft.AspNetCore.Hosting;

namespace Features.Flight.Tests.Client;

/// <summary>The same rows over every transport.</summary>
public sealed class TransportTests : IDisposable
{
    private const int Rows = 50_000;
    private readonly string folder = Directory.CreateTempSubdirectory("fl-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static MemorySource Source => new MemorySource { BatchRows = 10_000 }.Add("a", Rows);

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Read_OverTcpAndAUnixSocket_IsTheSame()
    {
        var path = Path.Combine(folder, "s");
        await using var tcp = await FlightHost.StartAsync(Source);
        await using var local = await FlightHost.StartAsync(Source, listen: kestrel => kestrel.ListenFlightSocket(path));
        using var near = new DatasetClient(new Uri("grpc+unix://" + path));
        using var far = tcp.Connect();

        var expected = await ReadAsync(far);

        Assert.Equal(Enumerable.Range(0, Rows).Select(i => (long?)i), expected.Order());
        Assert.Equal(expected, await ReadAsync(near));
        Assert.Equal("serving", (await near.HealthAsync(Token)).Status);
    }

    [Fact]
    public async Task Read_OverTls_TrustsTheGivenRootAlone()
    {
        using var root = Root("ours");
        using var certificate = Leaf(root);
        await using var host = await FlightHost.StartAsync(Source, listen: kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseFlight().UseHttps(certificate)));
        using var client = host.Connect(new DatasetClientOptions { TrustedRoots = [Public(root)] });

        var rows = await ReadAsync(client);

        Assert.Equal(Enumerable.Range(0, Rows).Select(i => (long?)i), rows.Order());

        // The rows' own connection says it, and so does the one of the calls.
        using var other = Root("another");
        foreach (var roots in new X509Certificate2Collection?[] { [Public(other)], null })
        {
            var options = new DatasetClientOptions { TrustedRoots = roots, Attempts = 1 };
            var error = await Assert.ThrowsAsync<RpcException>(() => new Dialer(options).ConnectAsync(ServiceAddress.Parse(host.Address), Token));
            Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
            Assert.Contains("certificate", error.Status.Detail, StringComparison.Ordinal);
            using var stranger = host.Connect(options);
            await Assert.ThrowsAsync<FlightCallException>(() => stranger.HealthAsync(Token));
        }
    }

    [Fact]
    public async Task Connection_ThatIsGivenUpWhileItsReadBlocks_EndsAtOnce()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var address = ServiceAddress.Parse(new Uri($"grpc+tcp://127.0.0.1:{((IPEndPoint)listener.LocalEndPoint!).Port}"));
        var transport = await new Dialer(new DatasetClientOptions()).ConnectAsync(address, Token);
        using var silent = await listener.AcceptAsync(Token);

        var connection = Http2Connection.Start(transport, initialWindow: 65_535, TimeProvider.System);
        Assert.True(connection.IsUsable);
        await connection.DisposeAsync();

        Assert.False(connection.IsUsable);
    }

    [Fact]
    public async Task Write_ThatThePeerDoesNotTake_HoldsNobodyUp()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(listener.LocalEndPoint!);
        using var peer = listener.Accept();
        await using var stream = new SocketStream(socket);

        // More than the buffers on the way hold.
        var sent = new byte[64 << 20];
        new Random(1).NextBytes(sent.AsSpan(0, 1 << 16));
        var writing = stream.WriteAsync(sent, Token);
        Assert.False(writing.IsCompleted);
        var behind = new byte[sent.Length];
        var got = 0;
        while (got < behind.Length)
        {
            got += peer.Receive(behind.AsSpan(got));
        }

        await writing;
        Assert.Equal(sent, behind);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100_000)]
    public async Task ReadComing_GivesEveryByte_WhateverPiecesItComesIn(int piece)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(listener.LocalEndPoint!);
        using var peer = listener.Accept();
        peer.NoDelay = true;
        await using var stream = new SocketStream(socket);
        var sent = new byte[piece * 40];
        new Random(1).NextBytes(sent);

        var sending = Task.Run(() =>
        {
            foreach (var part in sent.Chunk(piece))
            {
                peer.Send(part);
            }
        }, Token);

        // By turns: bytes that are known to come, and whatever is there, which must not wait for more.
        var got = 0;
        var received = new byte[sent.Length];
        while (got < received.Length)
        {
            got += stream.ReadComing(received.AsSpan(got, Math.Min(piece * 2, received.Length - got)));
            if (got < received.Length)
            {
                got += await stream.ReadAsync(received.AsMemory(got), Token);
            }
        }

        await sending;
        Assert.Equal(sent, received);
    }

    private static async Task<List<long?>> ReadAsync(DatasetClient client)
    {
        var ids = new List<long?>();
        await foreach (var batch in (await client.OpenAsync(new DatasetRequest("a") { Batch = 7000, Shuffle = OrderMode.Global, Seed = 3 }, Token)).WithCancellation(Token))
        {
            ids.AddRange((Int64Array)batch.Rows.Column("id"));
            batch.Dispose();
        }

        return ids;
    }

    private static X509Certificate2 Public(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    private static X509Certificate2 Root(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
    }

    private static X509Certificate2 Leaf(X509Certificate2 root)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=service", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(root, TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1), [1, 2, 3, 4]);
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), password: null);
    }
}
