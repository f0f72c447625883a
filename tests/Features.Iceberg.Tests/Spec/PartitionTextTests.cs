namespace Features.Iceberg.Spec;

public sealed class PartitionTextTests
{
    private static readonly Schema Flights = SchemaText.Parse("id long, at timestamp, origin string, p struct<x: double, name: string>");

    [Fact]
    public void Partitioning_IsReadWithTransformsNamesAndNestedColumns()
    {
        var spec = PartitionText.Parse("day(at), bucket(16, id), truncate(4, p.name) as prefix, origin", Flights);
        Assert.Equal(
            ["1000 at_day day of 2", "1001 id_bucket bucket[16] of 1", "1002 prefix truncate[4] of 6", "1003 origin identity of 3"],
            spec.Fields.Select(f => $"{f.FieldId} {f.Name} {f.Transform} of {f.SourceId}"));
        Assert.Empty(PartitionText.Parse("  "));
    }

    [Theory]
    [InlineData("dya(at)", "not 'dya'")]
    [InlineData("bucket(id)", "a number from 1")]
    [InlineData("bucket(0, id)", "before here a number from 1")]
    [InlineData("day(at", "')' after the column")]
    [InlineData("day(at) origin", "',' before another term")]
    [InlineData("day(nope)", "there is no column 'nope'; the columns are id, at, origin, p")]
    [InlineData("p.z", "there is no column 'p.z'")]
    public void Partitioning_ThatIsNone_IsRefusedWithTheReason(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidTableArgumentException>(() => PartitionText.Parse(text, Flights)).Message, StringComparison.Ordinal);

    [Fact]
    public void Order_IsReadWithDirectionsAndNulls()
    {
        var order = SortText.Parse("origin, at desc, id desc nulls first, bucket(8, id) asc nulls last", Flights);
        Assert.Equal(
            ["3 identity asc first", "2 identity desc last", "1 identity desc first", "1 bucket[8] asc last"],
            order.Fields.Select(f => $"{f.SourceId} {f.Transform} {(f.Descending ? "desc" : "asc")} {(f.NullsFirst ? "first" : "last")}"));
        Assert.Equal(SortOrder.Unsorted, SortText.Parse("", Flights));
        Assert.Contains("'first' or 'last'", Assert.Throws<InvalidTableArgumentException>(() => SortText.Parse("id nulls never", Flights)).Message, StringComparison.Ordinal);
    }
}
