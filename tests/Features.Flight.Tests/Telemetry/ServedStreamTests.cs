using System.Diagnostics;
using System.Diagnostics.Metrics;
using Features.Flight.Telemetry;
using Features.Flight.Tests.Serving.DataPlane;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Telemetry;

public class ServedStreamTests
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Waiting_IsTheReadersOrTheServices_NeverBoths()
    {
        using var meter = new FlightMeter();
        using var streams = new ActiveStreams(meter, clock, Timeout.InfiniteTimeSpan);
        using var stream = streams.Begin("ada", () => { });

        clock.Advance(TimeSpan.FromSeconds(3));
        stream.Offers(100);
        stream.Waits();
        Assert.True(stream.Snapshot().IsBlocked);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.FromSeconds(10), stream.Snapshot().Blocked);
        stream.Resumes();

        // The buffers behind a flush that had to wait are full: the reader lacks nothing while the next piece is gathered.
        clock.Advance(TimeSpan.FromSeconds(5));
        stream.Offers(100);
        stream.Resumes();
        clock.Advance(TimeSpan.FromSeconds(7));
        stream.Offers(100);
        var now = streams.List().Single();
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10), 300L, false), (now.Blocked, now.Starved, now.Bytes, now.IsBlocked));
    }

    [Fact]
    public async Task Counters_OfAWholeStream_AreWhatWasSent()
    {
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("counted", 1000));
        using var calls = new RawCalls(host);
        using var counted = new Counted(host.Services.GetRequiredService<IMeterFactory>());
        var request = await calls.PlannedAsync("""{"dataset":"counted","batch":100,"rank":1,"world":2}""");
        using var response = await calls.BeginAsync(request);
        var body = await response.Content.ReadAsByteArrayAsync(Token);
        while (host.Services.GetRequiredService<ActiveStreams>().List().Count > 0)
        {
            await Task.Delay(5, Token);
        }

        const string Tags = "dataset=counted rank=1 world=2";
        Assert.Equal(body.Length, counted[$"features.flight.stream.bytes {Tags}"]);
        Assert.Equal(5, counted[$"features.flight.stream.batches {Tags}"]);
        Assert.Equal(500, counted[$"features.flight.stream.rows {Tags}"]);
        Assert.Equal(0, counted[$"features.flight.streams {Tags}"]);
        Assert.True(counted[$"features.flight.stream.starved {Tags}"] > 0);

        Assert.Equal(StatusCode.InvalidArgument, (await calls.EndAsync([])).Status);
        Assert.Equal(1, counted["features.flight.refusals method=DoGet status=InvalidArgument"]);
        await Assert.ThrowsAsync<RpcException>(() => calls.PlannedAsync("""{"dataset":"missing"}"""));
        Assert.Equal(1, counted["features.flight.refusals method=GetFlightInfo status=NotFound"]);
    }

    [Fact]
    public async Task Trace_OfAStream_SaysWhatWasReadAndHowFar()
    {
        var activities = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == FlightMeter.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (activities)
                {
                    activities.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var host = await FlightHost.StartAsync(new MemorySource().Add("traced", 1000));
        using var calls = new RawCalls(host);
        await calls.EndAsync(await calls.PlannedAsync("""{"dataset":"traced","shuffle":"global"}"""));
        var ended = new List<Activity>();
        while (ended.Count == 0)
        {
            await Task.Delay(5, Token);
            lock (activities)
            {
                ended = [.. activities.Where(activity => activity.OperationName == "DoGet" && (string?)activity.GetTagItem("features.dataset") == "traced")];
            }
        }

        var trace = Assert.Single(ended);
        Assert.StartsWith("sha256:", (string)trace.GetTagItem("features.order.digest")!, StringComparison.Ordinal);
        Assert.Equal((1000L, 0, 1), (trace.GetTagItem("features.rows"), trace.GetTagItem("features.rank"), trace.GetTagItem("features.world")));
        Assert.Equal(ActivityStatusCode.Unset, trace.Status);
    }

    /// <summary>Sums of what one host's meter measured, by instrument and tags.</summary>
    private sealed class Counted : IDisposable
    {
        private readonly Dictionary<string, double> sums = [];
        private readonly MeterListener listener = new();

        public Counted(IMeterFactory factory)
        {
            listener.InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == FlightMeter.Name && instrument.Meter.Scope == factory)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
            listener.Start();
        }

        public double this[string key]
        {
            get
            {
                lock (sums)
                {
                    return sums[key];
                }
            }
        }

        public void Dispose() => listener.Dispose();

        private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var key = $"{instrument.Name} {string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}";
            lock (sums)
            {
                sums[key] = sums.GetValueOrDefault(key) + value;
            }
        }
    }
}
