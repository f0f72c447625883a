using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Tests.Validation;

namespace Features.Flight.Tests.Serving.Put;

public class NullSlotsTests
{
    [Fact]
    public async Task Put_OfEqualRowsWithOtherBytesUnderTheirNulls_ReachesTheSinkAsTheSameBytes()
    {
        var (sink, bytes) = (new MemorySink(), new List<string>());
        sink.Written = batch => bytes.Add(Convert.ToHexString(batch.Column(0).Data.Buffers[1].Span[..32]));
        await using var host = await FlightHost.StartAsync(new MemorySource(), sink: sink);
        foreach (var garbage in new[] { 1L, -77L })
        {
            var values = new ArrowBuffer.Builder<long>().Append(5).Append(garbage).Append(6).Append(garbage).Build();
            using var array = new Int64Array(values, new ArrowBuffer(new byte[] { 0b0101 }), 4, 2, 0);
            using var rows = new RecordBatch(new Schema([new Field("x", Int64Type.Default, true)], null), [array], 4);
            using var call = new PutCall(host.Address);
            await PutDoorTests.SendAsync(call, """{"table":"plant.readings"}""", WireMessages.Of(rows.Schema, rows));
            await call.EndAsync();
        }

        Assert.Equal(2, bytes.Count);
        Assert.Equal(bytes[0], bytes[1]);
        Assert.Equal(Convert.ToHexString([5, .. new byte[15], 6, .. new byte[15]]), bytes[0]);
    }
}
