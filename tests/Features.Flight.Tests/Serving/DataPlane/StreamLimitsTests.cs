using Features.Flight.Serving.DataPlane;
using Grpc.Core;

namespace Features.Flight.Tests.Serving.DataPlane;

public class StreamLimitsTests
{
    private readonly StreamLimits limits = new(new FlightOptions { MaxStreams = 4, MaxStreamsPerSubject = 3, MaxStreamsPerConnection = 2, TenantStreams = new Dictionary<string, int> { ["lab"] = 2 } });

    [Fact]
    public void Enter_BeyondAConnectionsShare_SaysToOpenAnother()
    {
        limits.Enter(null, "ada", "one");
        limits.Enter(null, "ada", "one");
        Assert.Contains("open another connection", Refused("ada", "one"), StringComparison.Ordinal);
        limits.Enter(null, "ada", "two");
    }

    [Fact]
    public void Enter_BeyondASubjectsShare_LeavesRoomForOthers()
    {
        limits.Enter(null, "ada", "one");
        limits.Enter(null, "ada", "two");
        limits.Enter(null, "ada", "three");
        Assert.Contains("'ada'", Refused("ada", "four"), StringComparison.Ordinal);
        limits.Enter(null, "bob", "four");
        Assert.Contains("another location", Refused("eve", "five"), StringComparison.Ordinal);
    }

    [Fact]
    public void Enter_BeyondATenantsShare_LeavesRoomForOtherTenants()
    {
        var first = limits.Enter("lab", "ada", "one");
        limits.Enter("lab", "bob", "two");
        Assert.Contains("'lab' has 2 streams open", Refused("eve", "three", "lab"), StringComparison.Ordinal);
        limits.Enter("shop", "eve", "three");
        first.Dispose();
        limits.Enter("lab", "eve", "three");
    }

    [Fact]
    public void Leave_OfEveryStream_MakesRoomAgain()
    {
        for (var turn = 0; turn < 3; turn++)
        {
            var places = new[] { limits.Enter(null, "ada", "one"), limits.Enter(null, "ada", "one"), limits.Enter(null, "ada", "two"), limits.Enter(null, "bob", "three") };
            Refused("bob", "three");
            foreach (var place in places)
            {
                place.Dispose();
            }
        }
    }

    private string Refused(string subject, string connection, string? tenant = null)
    {
        var refusal = Assert.Throws<RpcException>(() => limits.Enter(tenant, subject, connection));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        return refusal.Status.Detail;
    }
}
