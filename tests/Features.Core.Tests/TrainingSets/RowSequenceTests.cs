using System.Globalization;
using Features.Core.TrainingSets;

namespace Features.Core.Tests.TrainingSets;

public sealed class RowSequenceTests
{
    [Theory]
    [InlineData(0L, "0,1,2|3|4,5", null)]
    [InlineData(0L, "0,1|3", "has row 3 where row 2 belongs")]
    [InlineData(5L, "5,6,8", "has row 8 where row 7 belongs")]
    [InlineData(null, "0,3|4,9", null)]
    [InlineData(null, "0,3|3", "has row 3 after row 3")]
    [InlineData(null, "4,2", "has row 2 after row 4")]
    public void Rows_AreHeldToTheirOrder(long? first, string batches, string? fault)
    {
        var order = new RowSequence("set", first);
        void Read()
        {
            foreach (var batch in batches.Split('|'))
            {
                order.Check(new Apache.Arrow.Int64Array.Builder().AppendRange(batch.Split(',').Select(t => long.Parse(t, CultureInfo.InvariantCulture))).Build());
            }
        }

        if (fault is null)
        {
            Read();
        }
        else
        {
            Assert.Contains(fault, Assert.Throws<TrainingSetException>(Read).Message, StringComparison.Ordinal);
        }
    }
}
