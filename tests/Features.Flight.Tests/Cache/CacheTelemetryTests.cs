using System.Diagnostics.Metrics;
using Features.Flight.Cache;
using Features.Flight.Telemetry;

namespace Features.Flight.Tests.Cache;

public sealed class CacheTelemetryTests : IDisposable
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"features-spill-{Guid.NewGuid():N}");

    [Fact]
    public async Task Cache_WhatItDoes_IsCounted()
    {
        var token = TestContext.Current.CancellationToken;
        using var meter = new FlightMeter(new OwnMeters());
        var counted = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Scope is OwnMeters && instrument is not ObservableInstrument<long>)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value < 0 ? -1 : 0, tags));
        listener.Start();
        var source = new PartSource();
        using (var cache = new DatasetCache(source, new FlightOptions { MemoryBudgetBytes = 70_000, SpillFolder = folder }, clock: null, allocator: null, meter))
        {
            var (a, b) = (PartSource.Narrow("a", 5000), PartSource.Narrow("b", 5000));
            (await cache.OpenAsync(a, token)).Dispose();
            (await cache.OpenAsync(a, token)).Dispose();
            (await cache.OpenAsync(b, token)).Dispose();
            cache.Evict("b");
            source.BeforeBatch = (_, _, _) => throw new IOException("the disk is gone");
            await Assert.ThrowsAsync<DatasetLoadException>(() => cache.OpenAsync(b, token));
        }

        Assert.Equal(
            [
                "cache.requests 1 a miss", "load.duration 0 a ready", "load.size 60000 a", "cache.requests 1 a hit",
                "cache.requests 1 b miss", "cache.spills 1 a", "cache.spilled_bytes 65536 a", "load.duration 0 b ready", "load.size 60000 b",
                "cache.evictions 1 b", "cache.evicted_bytes 60000 b",
                "cache.requests 1 b miss", "load.duration 0 b failed",
                "cache.evictions 1 a", "cache.evicted_bytes 65536 a",
            ],
            counted);

        void Note(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            lock (counted)
            {
                counted.Add($"{instrument.Name["features.flight.".Length..]} {value} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}");
            }
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private sealed class OwnMeters : IMeterFactory
    {
        public Meter Create(MeterOptions options)
        {
            options.Scope = this;
            return new Meter(options);
        }

        public void Dispose()
        {
        }
    }
}
