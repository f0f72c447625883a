using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Features.Cli.Output;
using Features.Flight.Client;
using Features.Server.Workspaces;
using Grpc.Core;

namespace Features.Cli.Commands.Fetching;

/// <summary>The Flight server that a verb calls: <c>--flight</c>, <c>--token</c>, <c>--wait</c>.</summary>
internal sealed class FlightTarget
{
    /// <summary>The variable that holds a token which is not to stand on a command line.</summary>
    public const string TokenVariable = "FEATURES_FLIGHT_TOKEN";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    private readonly Option<string?> address = new("--flight")
    {
        Description = "The Flight server: grpc://HOST:PORT, grpc+tls://HOST:PORT, or grpc+unix:///PATH; default: flight.listen of features.yaml.",
        HelpName = "ADDR",
    };

    private readonly Option<string?> token = new("--token") { Description = $"A bearer token; default: the environment variable {TokenVariable}.", HelpName = "TOKEN" };

    private readonly Option<string?> authority = new("--ca") { Description = "Trust a server whose certificate was signed by one in this PEM file, and no other.", HelpName = "FILE" };

    private readonly Option<int> wait = new("--wait") { Description = "Seconds to wait for a server that does not answer yet, such as one that was started just before.", DefaultValueFactory = _ => 5 };

    private readonly Option<string?> folder = Verb.Workspace();

    public FlightTarget() => wait.Validators.Add(result =>
    {
        if (result.Tokens is [var only] && only.Value.StartsWith('-'))
        {
            result.AddError($"--wait is {only.Value}, and counts seconds from 0");
        }
    });

    public IEnumerable<Option> Options => [address, token, authority, wait, folder];

    /// <summary>A client; the caller disposes it.</summary>
    public async Task<DatasetClient> ConnectAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var text = parse.GetValue(address) ?? await DefaultAsync(parse.GetValue(folder), cancellationToken);
        var bearer = parse.GetValue(token) ?? Environment.GetEnvironmentVariable(TokenVariable);
        var options = new DatasetClientOptions { BearerToken = string.IsNullOrEmpty(bearer) ? null : bearer, TrustedRoots = parse.GetValue(authority) is { } file ? Certificates(file) : null };
        try
        {
            return new DatasetClient(new Uri(text.Contains("://", StringComparison.Ordinal) ? text : $"grpc://{text}"), options);
        }
        catch (Exception fault) when (fault is UriFormatException or ArgumentException)
        {
            throw new CliException(CliException.Usage, $"--flight '{text}' is no address ({fault.Message}); write grpc://HOST:PORT, grpc+tls://HOST:PORT or grpc+unix:///PATH");
        }
    }

    /// <summary>Makes the first call, again while nobody listens there yet.</summary>
    public async Task<T> WhenUpAsync<T>(ParseResult parse, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        var until = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await call();
            }
            catch (FlightCallException fault) when (fault.Status == StatusCode.Unavailable && TimeProvider.System.GetElapsedTime(until) < TimeSpan.FromSeconds(parse.GetValue(wait)))
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    private static X509Certificate2Collection Certificates(string file)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(file);
            return certificates.Count > 0 ? certificates : throw new CliException(CliException.Usage, $"--ca '{file}' holds no certificate; name a file with one in PEM form");
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new CliException(CliException.Usage, $"--ca '{file}' cannot be read: {fault.Message}");
        }
    }

    private static async Task<string> DefaultAsync(string? folder, CancellationToken cancellationToken)
    {
        await using var workspace = await Workspace.OpenAsync(folder, cancellationToken);
        return FlightAddress.Of(workspace.Config.Flight);
    }
}
