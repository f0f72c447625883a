using System.Text;
using Features.Flight.Cache;
using Features.Flight.Protocol;
using Features.Flight.Serving;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Action = Features.Flight.Protocol.Action;

namespace Features.Flight.Tests.Serving;

/// <summary>Who may not read learns nothing, and costs nothing.</summary>
public class PolicyFirstTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_OfACallerWhoMayDoNothing_AreRefusedBeforeAnythingIsLookedFor()
    {
        var source = new MemorySource { Fault = name => new DatasetNotFoundException(name, "nothing of that name") { Near = ["t"] } }.Add("t", 10);
        var access = new OpenAccess { Foresight = question => FlightDecision.Deny($"no grant for '{question.Dataset}'") };
        await using var host = await FlightHost.StartAsync(source, access);
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightService.FlightServiceClient(channel);

        foreach (var name in new[] { "t", "not_there" })
        {
            Func<Task>[] calls =
            [
                async () => await client.GetFlightInfoAsync(Descriptor(name), cancellationToken: Token),
                async () => await client.GetSchemaAsync(Descriptor(name), cancellationToken: Token),
                async () => await client.PollFlightInfoAsync(Descriptor(name), cancellationToken: Token),
                async () => await client.DoAction(new Action { Type = "warm", Body = Json(name) }, cancellationToken: Token).ResponseStream.MoveNext(Token),
            ];
            foreach (var call in calls)
            {
                var refusal = (await Assert.ThrowsAsync<RpcException>(call)).Status;
                Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
                Assert.EndsWith($"the data set '{name}': no grant for '{name}'", refusal.Detail, StringComparison.Ordinal);
            }
        }

        Assert.Equal(0, source.Finds);
        Assert.Empty(access.Asked);
    }

    [Fact]
    public async Task ANameThatIsNotThere_IsAnsweredWithTheNearOnesThatTheCallerMaySee()
    {
        var source = new MemorySource { Fault = name => new DatasetNotFoundException(name, $"there is no table '{name}'") { Near = ["lab.open", "lab.secret"] } };
        var access = new OpenAccess { Rule = question => question.Dataset == "lab.secret" ? FlightDecision.Deny("no") : FlightDecision.Allow() };
        await using var host = await FlightHost.StartAsync(source, access);
        using var channel = GrpcChannel.ForAddress(host.Address);
        var client = new FlightService.FlightServiceClient(channel);

        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await client.GetFlightInfoAsync(Descriptor("lab.opn"), cancellationToken: Token));

        Assert.Equal((StatusCode.NotFound, "there is no table 'lab.opn'; did you mean 'lab.open'?"), (refusal.StatusCode, refusal.Status.Detail));
    }

    private static FlightDescriptor Descriptor(string name) => new() { Type = FlightDescriptor.Types.DescriptorType.Cmd, Cmd = Json(name) };

    private static ByteString Json(string name) => ByteString.CopyFrom(Encoding.UTF8.GetBytes($$"""{"dataset":"{{name}}"}"""));
}
