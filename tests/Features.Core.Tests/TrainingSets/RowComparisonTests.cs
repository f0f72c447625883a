using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.TrainingSets.Verification;

namespace Features.Core.Tests.TrainingSets;

public class RowComparisonTests
{
    private static readonly Schema Columns = new([new Field("x", DoubleType.Default, true), new Field("text", StringType.Default, true)], null);

    [Fact]
    public async Task Rows_InOtherBatches_AreEqual()
    {
        var comparison = await CompareAsync([[1, 2], [3, null, double.NaN]], [[1], [], [2, 3, null], [double.NaN]]);
        Assert.Empty(comparison.Differences);
        Assert.Equal(0, comparison.Unpaired);
    }

    [Fact]
    public async Task Floats_WithinTheTolerance_AreEqual_AndBeyondItAreNot()
    {
        Assert.Empty((await CompareAsync([[1e6, -0.0]], [[1e6 * (1 + 5e-13), 0.0]])).Differences);
        Assert.Equal(
            [new CellDifference(0, "x", "1", "1.00000000001"), new CellDifference(2, "x", null, "2")],
            (await CompareAsync([[1, 5, null]], [[1.00000000001, 5, 2]])).Differences);
        Assert.Single((await CompareAsync([[double.PositiveInfinity]], [[double.MaxValue]])).Differences);
    }

    [Fact]
    public async Task Rows_ThatAreMissing_AreCounted() => Assert.Equal(1, (await CompareAsync([[1, 2]], [[1]])).Unpaired);

    private static async Task<RowComparison> CompareAsync(double?[][] stored, double?[][] rebuilt)
    {
        var comparison = new RowComparison(Columns, 10);
        await comparison.RunAsync(Batches(stored), Batches(rebuilt), TestContext.Current.CancellationToken);
        return comparison;
    }

    private static IAsyncEnumerable<RecordBatch> Batches(double?[][] batches) => batches.Select(values => new RecordBatch(
        Columns,
        [values.Aggregate(new DoubleArray.Builder(), (b, v) => b.Append(v)).Build(), values.Aggregate(new StringArray.Builder(), (b, _) => b.Append("same")).Build()],
        values.Length)).ToAsyncEnumerable();
}
