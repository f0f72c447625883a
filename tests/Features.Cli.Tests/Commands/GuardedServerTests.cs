using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Features.Cli.Tests.Commands;

/// <summary>The verbs that call a Flight server which has TLS, bearer tokens, grants and a Unix domain socket.</summary>
public sealed class GuardedServerTests : IAsyncLifetime
{
    private const string Secret = "no secret at all, and long enough";
    private readonly string folder = Directory.CreateTempSubdirectory("features-guarded-").FullName;
    private ServingProcess server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        (await FeaturesProcess.RunAsync(folder, "init", ".")).Succeeded();
        await File.AppendAllTextAsync(
            Path.Combine(folder, "features.yaml"),
            $$"""

            flight:
              socket: flight.sock
              tls: { certificate: tls.pem, key: tls.key }
              auth: { issuer: tests, audience: features, secret: "{{Secret}}" }
              grants:
                - { subject: ada, datasets: [ "*" ], actions: [ list, read, warm, pin, evict, put ] }
                - { subject: bob, datasets: [ "flights.*" ], actions: [ read ] }
            """,
            Token);
        await WriteCertificateAsync("tls");
        await WriteCertificateAsync("another");
        (await FeaturesProcess.RunAsync(folder, "apply")).Succeeded();
        (await FeaturesProcess.RunAsync(folder, "ingest", "airports", Path.Combine("data", "airports.csv"))).Succeeded();
        server = await ServingProcess.StartAsync(folder);
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Verbs_WithATokenAndATrustedCertificate_AreServedOverTlsAndTheSocket()
    {
        Assert.StartsWith("grpc+tls://", server.Flight, StringComparison.Ordinal);
        var ada = Bearer("ada");

        var rows = (await CallAsync(ada, "fetch", "--table", "flights.airports", "--digest")).Lines();
        Assert.StartsWith("sha256:", Assert.Single(rows), StringComparison.Ordinal);
        var socket = await FeaturesProcess.RunAsync(folder, "fetch", "--table", "flights.airports", "--digest", "--token", ada, "--flight", $"grpc+unix://{Path.Combine(folder, "flight.sock")}");
        Assert.Equal(rows, socket.Lines());

        // A token that is not to stand on a command line.
        var described = FeaturesProcess.Describe(folder, ["fetch", "--table", "flights.airports", "--digest", "--ca", "tls.pem", "--flight", server.Flight]);
        described.Environment["FEATURES_FLIGHT_TOKEN"] = ada;
        Assert.Equal(rows, (await FeaturesProcess.RunAsync(described)).Lines());

        Assert.Equal("flights.airports", (string)(await CallAsync(ada, "cache", "list", "--json")).Objects().Single()["dataset"]!);
        var put = (await CallAsync(ada, "put", "flights.airports", Path.Combine("data", "airports.csv"), "--json")).Object();
        Assert.Equal((long)put["rows"]!, (long)put["good"]! + (long)put["quarantined"]!);
    }

    [Fact]
    public async Task Verbs_OfWhoMayNot_SayWhy()
    {
        string[] fetch = ["fetch", "--table", "flights.airports", "--digest"];
        FailsWith("token", await FeaturesProcess.RunAsync(folder, [.. fetch, "--ca", "tls.pem", "--flight", server.Flight]));
        FailsWith("token", await CallAsync("nonsense", fetch));
        FailsWith("expired", await CallAsync(Bearer("ada", hours: -2), fetch));
        FailsWith("'eve' may not plan a read of the data set 'flights.airports': no grant", await CallAsync(Bearer("eve"), fetch));
        FailsWith("'bob' may not load", await CallAsync(Bearer("bob"), "cache", "warm", "--table", "flights.airports"));
        FailsWith("certificate", await FeaturesProcess.RunAsync(folder, [.. fetch, "--ca", "another.pem", "--token", Bearer("ada"), "--flight", server.Flight, "--wait", "0"]));
        FailsWith("who signed it is not trusted here; name the signer's certificate (--ca FILE", await FeaturesProcess.RunAsync(folder, [.. fetch, "--token", Bearer("ada"), "--flight", server.Flight, "--wait", "0"]));
        Assert.Contains("--ca 'missing.pem' cannot be read", (await FeaturesProcess.RunAsync(folder, [.. fetch, "--ca", "missing.pem", "--flight", server.Flight])).Failed(2), StringComparison.Ordinal);
    }

    private static void FailsWith(string message, FeaturesResult result) => Assert.Contains(message, result.Failed(), StringComparison.Ordinal);

    private Task<FeaturesResult> CallAsync(string token, params IEnumerable<string> arguments) =>
        FeaturesProcess.RunAsync(folder, [.. arguments, "--token", token, "--ca", "tls.pem", "--flight", server.Flight]);

    /// <summary>A JSON web token (RFC 7519), signed with HMAC-SHA-256.</summary>
    private static string Bearer(string subject, int hours = 1)
    {
        var now = TimeProvider.System.GetUtcNow();
        var claims = new JsonObject { ["iss"] = "tests", ["aud"] = "features", ["sub"] = subject, ["nbf"] = now.AddHours(-3).ToUnixTimeSeconds(), ["exp"] = now.AddHours(hours).ToUnixTimeSeconds() };
        var signed = $"{Encoded("""{"alg":"HS256","typ":"JWT"}"""u8)}.{Encoded(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        return $"{signed}.{Encoded(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(signed)))}";
    }

    private static string Encoded(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private async Task WriteCertificateAsync(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(string.Create(CultureInfo.InvariantCulture, $"CN={name}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.pem"), certificate.ExportCertificatePem(), Token);
        await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.key"), key.ExportPkcs8PrivateKeyPem(), Token);
    }
}
