using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Apache.Arrow.Flight;
using Apache.Arrow.Flight.Client;
using Features.Core.Governance;
using Features.Flight.Client;
using Features.Flight.Protocol;
using Features.Server.Hosting;
using Features.Server.Ingest;
using Features.Server.Workspaces;
using Grpc.Core;
using Grpc.Net.Client;

namespace Features.Server.Tests.Access;

/// <summary>The Flight service of a workspace that has TLS, tokens and grants, as clients meet it.</summary>
public sealed class FlightAuthenticationTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-auth-").FullName;
    private readonly TokenIssuer issuer = new();
    private X509Certificate2 certificate = null!;
    private Workspace workspace = null!;
    private FeaturesHost host = null!;
    private GrpcChannel channel = null!;
    private FlightClient client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public async ValueTask InitializeAsync()
    {
        await WorkspaceTemplate.WriteAsync(folder, Token);
        certificate = WriteCertificate("first");
        await File.WriteAllTextAsync(Path.Combine(folder, "keys.json"), issuer.KeySet(), Token);
        await File.AppendAllTextAsync(
            Path.Combine(folder, "features.yaml"),
            $$"""

            flight:
              tls: { certificate: tls.pem, key: tls.key }
              auth: { issuer: "{{TokenIssuer.Issuer}}", audience: {{TokenIssuer.Audience}}, keys_file: keys.json }
              grants:
                - { subject: ada, datasets: [ "*" ], actions: [ list, read, warm, pin, evict, put ] }
                - { tenant: lab, datasets: [ "del*" ], actions: [ read ] }
                - { role: "see-*", datasets: [ delays ], actions: [ list ] }
                - { tenant: air, datasets: [ flights.departure ], actions: [ read ] }
              tenants: { lab: { memory_mb: 64 } }
            """,
            Token);
        workspace = await Workspace.OpenAsync(folder, Token);
        await workspace.ApplyAsync(planOnly: false, Token);
        var landed = Path.Combine(folder, "landing", "flights", "first.csv");
        await File.WriteAllTextAsync(landed, "date,delay,distance,origin,destination\n2001-01-01 10:00:00,5,599,ATL,ORD\n2001-01-01 11:00:00,50,599,ATL,ORD\n", Token);
        await DirectIngest.RunAsync(workspace, "departures", landed, Token);
        await workspace.CreateTrainingSetAsync(await workspace.DeclaredTrainingSetAsync("delays", Token), cancellationToken: Token);
        host = await FeaturesHost.StartAsync(workspace, FeaturesHostOptions.AnyPort with { Logs = false }, Token);
        channel = GrpcChannel.ForAddress($"https://{host.FlightAddress.Authority}", new GrpcChannelOptions { HttpHandler = Trusting(certificate) });
        client = new FlightClient(channel);
    }

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        await host.DisposeAsync();
        await workspace.DisposeAsync();
        certificate.Dispose();
        issuer.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Read_WithAToken_OverTls_IsAuditedFromItsPlanToItsLastByte()
    {
        Assert.Equal("grpc+tls", host.FlightAddress.Scheme);
        using var reader = new DatasetClient(host.FlightAddress, new DatasetClientOptions { BearerToken = issuer.Token(Now, "ada", claims: [("tenant", "lab")]), TrustedRoots = [certificate] });
        long rows = 0;
        await foreach (var batch in await reader.OpenAsync(new DatasetRequest("delays") { Columns = ["late"] }, Token))
        {
            using (batch)
            {
                rows += batch.Rows.Length;
            }
        }

        var records = (await AuditAsync()).Where(record => record.Request.Principal == "ada").ToList();
        Assert.Equal(["flight.plan", "flight.read", "flight.sent"], records.Select(record => record.Request.Action));
        Assert.All(records, record => Assert.True(record is { Allowed: true, Request: { Tenant: "lab", Client: not null, SnapshotId: not null, Columns: ["late"] } }));
        var (read, sent) = (records[1], records[2]);
        Assert.NotNull(read.Request.TicketId);
        Assert.Equal(read.Request.TicketId, sent.Request.TicketId);
        Assert.Equal(rows, sent.Rows);
        Assert.True(sent.Bytes > 0);
        Assert.Equal("flight.grants[0]", read.PolicyId);
    }

    [Fact]
    public async Task Calls_WithoutATokenThatHolds_AreUnauthenticatedAndAudited()
    {
        var ticket = (await client.GetInfo(Delays, Bearer(issuer.Token(Now, "ada")))).Endpoints[0].Ticket;
        Metadata?[] headers =
        [
            null,
            Bearer(""),
            Bearer("nonsense"),
            Bearer(issuer.Token(Now.AddHours(-2), "ada")),
            Bearer(issuer.Token(Now, "ada", token => token.Audience = "another")),
            Bearer(issuer.Token(Now, "ada", keyId: "another")),
            Bearer(TokenIssuer.Sign(credentials: null, Now, "ada")),
            new Metadata { { "authorization", "Basic !" } },
            new Metadata { { "authorization", "Negotiate abc" } },
        ];
        foreach (var header in headers)
        {
            await RefusedAsync(StatusCode.Unauthenticated, () => client.GetInfo(Delays, header).ResponseAsync);
            await RefusedAsync(StatusCode.Unauthenticated, () => ReadAsync(ticket, header));
        }

        var refused = (await AuditAsync()).Where(record => record.Request.Action == "flight.authenticate").ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, record => Assert.True(record is { Allowed: false, Request.Principal: "anonymous", Request.Client: not null }));
        Assert.DoesNotContain(refused, record => record.Reason.Contains("nonsense", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Grants_SayWhoMayDoWhat_AndNothingElseGoes()
    {
        var (ada, lab, seer, eve) = (Caller("ada"), Caller("bob", ("tenant", "lab")), Caller("cy", ("roles", "see-all")), Caller("eve", ("tenant", "laboratory"), ("roles", "seer")));

        Assert.Equal(["delays"], await ListAsync(ada));
        Assert.Equal(["delays"], await ListAsync(lab));
        Assert.Equal(["delays"], await ListAsync(seer));
        Assert.Empty(await ListAsync(eve));

        Assert.True(await ReadAsync((await client.GetInfo(Delays, lab)).Endpoints[0].Ticket, lab) > 0);
        foreach (var stranger in new[] { seer, eve })
        {
            var refusal = await RefusedAsync(StatusCode.PermissionDenied, () => client.GetInfo(Delays, stranger).ResponseAsync);
            Assert.DoesNotContain("departs_at", refusal, StringComparison.Ordinal);
            await RefusedAsync(StatusCode.PermissionDenied, () => client.GetInfo(FlightDescriptor.CreatePathDescriptor("no such set"), stranger).ResponseAsync);
        }

        foreach (var (action, body) in new[] { ("warm", """{"dataset":"delays"}"""), ("pin", """{"dataset":"delays"}"""), ("unpin", """{"dataset":"delays"}"""), ("evict", """{"dataset":"delays"}"""), ("offer", """{"dataset":"delays"}""") })
        {
            await RefusedAsync(StatusCode.PermissionDenied, () => ActAsync(action, body, lab));
            await RefusedAsync(StatusCode.PermissionDenied, () => ActAsync(action, body, eve));
        }

        await ActAsync("warm", """{"dataset":"delays"}""", ada);
        await ActAsync("pin", """{"dataset":"delays"}""", ada);
        await ActAsync("health", "", eve);
        Assert.Contains(await AuditAsync(), record => record is { Allowed: false, PolicyId: "flight.grants", Request: { Principal: "eve", Action: "flight.warm" } });
    }

    [Fact]
    public async Task Tables_AreToldOfOnlyToThoseWhoMaySeeThem()
    {
        var (ada, air, eve) = (Caller("ada"), Caller("al", ("tenant", "air")), Caller("eve"));

        Assert.Contains("did you mean 'flights.departures'", await RefusedAsync(StatusCode.NotFound, () => client.GetInfo(Table("flights.departure"), ada).ResponseAsync), StringComparison.Ordinal);
        Assert.Equal("there is no table 'flights.departure'", await RefusedAsync(StatusCode.NotFound, () => client.GetInfo(Table("flights.departure"), air).ResponseAsync));
        foreach (var name in new[] { "flights.departures", "flights.departure" })
        {
            Assert.Equal(
                $"'eve' may not plan a read of the data set '{name}': no grant lets the caller read '{name}' (policy flight.grants)",
                await RefusedAsync(StatusCode.PermissionDenied, () => client.GetInfo(Table(name), eve).ResponseAsync));
        }

        // Refused once, and recorded once, with nothing of what is there.
        var refused = (await AuditAsync()).Where(record => record.Request is { Principal: "eve", Resource: "flights.departures" }).ToList();
        Assert.True(Assert.Single(refused) is { Allowed: false, Request: { SnapshotId: null, Columns: [] } });
    }

    [Fact]
    public async Task Tickets_OfAnotherSubjectOrTenant_AreRefusedAndAudited()
    {
        var ticket = (await client.GetInfo(Delays, Caller("bob", ("tenant", "lab")))).Endpoints[0].Ticket;

        await RefusedAsync(StatusCode.PermissionDenied, () => ReadAsync(ticket, Caller("ada")));
        await RefusedAsync(StatusCode.PermissionDenied, () => ReadAsync(ticket, Caller("bob")));
        await RefusedAsync(StatusCode.PermissionDenied, () => ReadAsync(ticket, Caller("bob", ("tenant", "other"))));

        var refused = (await AuditAsync()).Where(record => record.Request.Action == "flight.redeem").ToList();
        Assert.Equal(["ada", "bob", "bob"], refused.Select(record => record.Request.Principal));
        Assert.All(refused, record => Assert.False(record.Allowed));
    }

    [Fact]
    public async Task Handshake_AnswersWithTheTokenThatCame_AlsoAsAPassword()
    {
        var token = issuer.Token(Now, "ada");
        foreach (var sent in new[] { $"Bearer {token}", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"ada:{token}"))}" })
        {
            using var handshake = client.Handshake(new Metadata { { "authorization", sent } });
            var answer = (await handshake.ResponseHeadersAsync).GetValue("authorization");
            await handshake.RequestStream.CompleteAsync();
            Assert.Equal($"Bearer {token}", answer);
        }

        await RefusedAsync(StatusCode.Unauthenticated, async () =>
        {
            using var handshake = client.Handshake(new Metadata { { "authorization", $"Basic {Convert.ToBase64String("ada:secret"u8)}" } });
            await handshake.ResponseStream.MoveNext(Token);
        });
    }

    [Fact]
    public async Task Certificate_ThatIsReplaced_AnswersTheNextConnection()
    {
        Assert.Equal(certificate.Thumbprint, await ThumbprintAsync());
        using var next = WriteCertificate("second");
        File.SetLastWriteTimeUtc(Path.Combine(folder, "tls.pem"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(next.Thumbprint, await ThumbprintAsync());
        await File.WriteAllTextAsync(Path.Combine(folder, "tls.key"), "no key", Token);
        Assert.Equal(next.Thumbprint, await ThumbprintAsync());
    }

    private static FlightDescriptor Delays => FlightDescriptor.CreatePathDescriptor("delays");

    private static FlightDescriptor Table(string name) => FlightDescriptor.CreateCommandDescriptor($$"""{"table":"{{name}}"}""");

    private static Metadata Bearer(string token) => new() { { "authorization", $"Bearer {token}" } };

    private static SocketsHttpHandler Trusting(X509Certificate2 root) => new()
    {
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, given, _, _) => given is X509Certificate2 own && own.Thumbprint == root.Thumbprint },
    };

    private static async Task<string> RefusedAsync(StatusCode status, Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(status, error.StatusCode);
        Assert.NotEmpty(error.Status.Detail);
        return error.Status.Detail;
    }

    private Metadata Caller(string subject, params (string Name, object Value)[] claims) => Bearer(issuer.Token(Now, subject, claims: claims));

    private async Task<List<string>> ListAsync(Metadata caller)
    {
        using var call = client.ListFlights(headers: caller);
        return await call.ResponseStream.ReadAllAsync(Token).Select(info => info.Descriptor.Paths.Single()).ToListAsync(Token);
    }

    private async Task<long> ReadAsync(FlightTicket ticket, Metadata? caller)
    {
        using var call = client.GetStream(ticket, caller);
        var rows = 0L;
        while (await call.ResponseStream.MoveNext(Token))
        {
            using var batch = call.ResponseStream.Current;
            rows += batch.Length;
        }

        return rows;
    }

    private async Task ActAsync(string type, string body, Metadata caller)
    {
        using var call = client.DoAction(new FlightAction(type, body), caller);
        await foreach (var result in call.ResponseStream.ReadAllAsync(Token))
        {
            Assert.NotEmpty(result.Body);
        }
    }

    private async Task<List<AuditRecord>> AuditAsync() => await workspace.Audit.ReadAsync(Token).ToListAsync(Token);

    private X509Certificate2 WriteCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var made = request.CreateSelfSigned(Now.AddDays(-1), Now.AddDays(1));
        File.WriteAllText(Path.Combine(folder, "tls.pem"), made.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "tls.key"), key.ExportPkcs8PrivateKeyPem());
        return made;
    }

    private async Task<string> ThumbprintAsync()
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(host.FlightAddress.Host, host.FlightAddress.Port, Token);
        await using var tls = new SslStream(tcp.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "127.0.0.1", ApplicationProtocols = [SslApplicationProtocol.Http2], RemoteCertificateValidationCallback = (_, given, _, _) => given is not null }, Token);
        return ((X509Certificate2)tls.RemoteCertificate!).Thumbprint;
    }
}
