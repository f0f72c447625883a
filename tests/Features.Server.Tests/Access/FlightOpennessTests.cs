using System.Net;
using Features.Server.Hosting;
using Features.Server.Workspaces;

namespace Features.Server.Tests.Access;

public sealed class FlightOpennessTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("features-open-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("", false)]
    [InlineData("flight: { insecure: true }\n", true)]
    [InlineData("flight: { auth: { issuer: i, audience: a, secret: 0123456789abcdef0123456789abcdef } }\n", true)]
    public async Task Start_ForOtherMachines_NeedsAuthenticationOrSayingThatItIsMeant(string text, bool starts)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "features.yaml"), text, Token);
        await using var workspace = await Workspace.OpenAsync(folder, Token);
        var options = FeaturesHostOptions.AnyPort with { Flight = new IPEndPoint(IPAddress.Any, 0), Logs = false };
        if (starts)
        {
            await using var host = await FeaturesHost.StartAsync(workspace, options, Token);
            Assert.True(host.FlightAddress.Port > 0);
            return;
        }

        var fault = await Assert.ThrowsAsync<WorkspaceException>(() => FeaturesHost.StartAsync(workspace, options, Token));
        Assert.Equal("flight-open", fault.Code);
        Assert.Contains("set flight.auth in features.yaml", fault.Message, StringComparison.Ordinal);
    }
}
