using Features.Core.Online;
using Features.Core.Skew;
using static Features.Core.Online.FeatureValue;

namespace Features.Core.Tests.Skew;

public sealed class ValueDifferenceTests
{
    public static TheoryData<FeatureValue, FeatureValue, bool, double?, double?> Pairs => new()
    {
        { Null, Null, true, null, null },
        { Null, Of(0L), false, null, null },
        { Of(double.NaN), Of(double.NaN), true, 0, 0 },
        { Of(double.NaN), Of(1.0), false, double.PositiveInfinity, double.PositiveInfinity },
        { Of(0.0), Of(-0.0), true, 0, 0 },
        { Of(2.0), Of(2L), true, 0, 0 },
        { Of(4.0), Of(3.0), false, 1, 0.25 },
        { Of(-4L), Of(4L), false, 8, 2 },
        { Of(long.MinValue), Of(long.MaxValue), false, 18446744073709551615.0, 2 },
        { Of(9007199254740993L), Of(9007199254740992L), false, 1, 1 / 9007199254740993.0 },
        { Of(double.PositiveInfinity), Of(double.PositiveInfinity), true, 0, 0 },
        { Of(double.PositiveInfinity), Of(1.0), false, double.PositiveInfinity, double.PositiveInfinity },
        { Of("a"), Of("a"), true, null, null },
        { Of("a"), Of("b"), false, null, null },
        { Of("1"), Of(1L), false, null, null },
        { Of(true), Of(false), false, null, null },
        { OfDecimal(150, 2), OfDecimal(15, 1), true, 0, 0 },
        { OfDecimal(150, 2), OfDecimal(2, 0), false, 0.5, 0.25 },
        { OfList([Of(1.0), Null]), OfList([Of(1L), Null]), true, 0, 0 },
        { OfList([Of(1.0), Of(2.0)]), OfList([Of(1.0), Of(1.0)]), false, 1, 0.5 },
        { OfList([Of(1.0), Null]), OfList([Of(1.0), Of(1.0)]), false, null, null },
        { OfList([Of(1.0)]), OfList([]), false, null, null },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Of_TwoValues_IsTheSameBothWays(FeatureValue one, FeatureValue other, bool isEqual, double? absolute, double? relative)
    {
        Assert.Equal(new ValueDifference(isEqual, absolute, relative), ValueDifference.Of(one, other));
        Assert.Equal(new ValueDifference(isEqual, absolute, relative), ValueDifference.Of(other, one));
    }

    [Theory]
    [InlineData(1e-12, 0.0, true)]
    [InlineData(1e12, 1e12 + 1, true)]
    [InlineData(1.0, 1.00001, false)]
    [InlineData(double.NaN, 0.0, false)]
    public void IsWithin_ANumber_CountsAbsolutelyOrRelatively(double one, double other, bool isWithin) =>
        Assert.Equal(isWithin, ValueDifference.Of(Of(one), Of(other)).IsWithin(1e-9));
}
