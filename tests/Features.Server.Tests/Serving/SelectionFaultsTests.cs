using Features.Core.Engine;
using Features.Flight.Cache;
using Features.Iceberg;
using Features.Server.Serving;

namespace Features.Server.Tests.Serving;

public sealed class SelectionFaultsTests
{
    public static TheoryData<Exception, SourceFault> Faults => new()
    {
        { new StorageException("s3://b/k", "the store answered 503", "repeat", isTransient: true), SourceFault.Unreachable },
        { new SqlException("memory ran out", "SELECT 1", isTransient: true), SourceFault.Unreachable },
        { new HttpRequestException("no route to the catalog"), SourceFault.Unreachable },
        { new StorageException("hdfs://n/t", "no store is known for 'hdfs'", "move the table", isTransient: false), SourceFault.Unreadable },
        { new NotFoundException("file", "snap-1.avro", "relocate the table if it was moved"), SourceFault.Unreadable },
        { new InvalidFileException("snap-1.avro", "it is no Avro file"), SourceFault.Unreadable },
        { new LocationNotAllowedException("../x", "it leaves the warehouse", "move it"), SourceFault.Unreadable },
        { new UnsupportedFeatureException("file format orc", "a.orc", "rewrite the table's files as Parquet"), SourceFault.Unsupported },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task FaultOfTheData_AtThePlanAndAtTheLoad_KeepsItsWordsAndItsKind(Exception fault, SourceFault kind)
    {
        var planned = await Assert.ThrowsAsync<DatasetSourceException>(() => SelectionFaults.ExplainAsync<int>("lab.t", () => throw fault));
        Assert.Equal((kind, $"the data set 'lab.t' cannot be read: {fault.Message}"), (planned.Fault, planned.Message));
        var loaded = Assert.IsType<DatasetSourceException>(SelectionFaults.OfLoad(fault));
        Assert.Equal((kind, fault.Message), (loaded.Fault, loaded.Message));
    }

    [Fact]
    public async Task FaultOfTheProgram_IsNotTheDatas()
    {
        var fault = new InvalidOperationException("a bug");
        Assert.Same(fault, await Assert.ThrowsAsync<InvalidOperationException>(() => SelectionFaults.ExplainAsync<int>("lab.t", () => throw fault)));
        Assert.Same(fault, SelectionFaults.OfLoad(fault));
    }
}
