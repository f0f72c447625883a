using Features.Flight.Serving.DataPlane;
using Grpc.Core;

namespace Features.Flight.Tests.Serving.DataPlane;

public class StreamLimitsTests
{
    private readonly StreamLimits limits = new(new FlightOptions { MaxStreams = 4, MaxStreamsPerSubject = 3, MaxStreamsPerConnection = 2 });

    [Fact]
    public void Enter_BeyondAConnectionsShare_SaysToOpenAnother()
    {
        limits.Enter("ada", "one");
        limits.Enter("ada", "one");
        Assert.Contains("open another connection", Refused("ada", "one"), StringComparison.Ordinal);
        limits.Enter("ada", "two");
    }

    [Fact]
    public void Enter_BeyondASubjectsShare_LeavesRoomForOthers()
    {
        limits.Enter("ada", "one");
        limits.Enter("ada", "two");
        limits.Enter("ada", "three");
        Assert.Contains("'ada'", Refused("ada", "four"), StringComparison.Ordinal);
        limits.Enter("bob", "four");
        Assert.Contains("another location", Refused("eve", "five"), StringComparison.Ordinal);
    }

    [Fact]
    public void Leave_OfEveryStream_MakesRoomAgain()
    {
        for (var turn = 0; turn < 3; turn++)
        {
            var places = new[] { limits.Enter("ada", "one"), limits.Enter("ada", "one"), limits.Enter("ada", "two"), limits.Enter("bob", "three") };
            Refused("bob", "three");
            foreach (var place in places)
            {
                place.Dispose();
            }
        }
    }

    private string Refused(string subject, string connection)
    {
        var refusal = Assert.Throws<RpcException>(() => limits.Enter(subject, connection));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        return refusal.Status.Detail;
    }
}
