using CsCheck;
using Features.Flight.Cache;

namespace Features.Flight.Tests.Cache;

public class RolloverTests
{
    private const int Epochs = 12;

    private enum Act
    {
        Begin,
        Offer,
        Warmed,
        Failed,
    }

    // The oracle keeps a plan for every epoch, and gives a newer one to all that nobody has begun.
    [Fact]
    public void Rollover_AnyHistory_GivesEachEpochOnePlanAndNewOnesOnlyWhereNobodyHasBegun() =>
        Gen.Select(Gen.Enum<Act>(), Gen.Int[0, Epochs - 1], Gen.Int[0, 4]).List[0, 80].Sample(
            steps =>
            {
                var rollover = new Rollover<string>("plan0");
                var plans = Enumerable.Repeat("plan0", Epochs + 1).ToArray();
                var given = new Dictionary<int, string>();
                var (begun, newest) = (-1, "plan0");
                foreach (var (act, epoch, number) in steps)
                {
                    var plan = $"plan{number}";
                    switch (act)
                    {
                        case Act.Begin:
                            begun = Math.Max(begun, epoch);
                            var got = rollover.Begin(epoch);
                            if (got != plans[epoch] || given.GetValueOrDefault(epoch, got) != got)
                            {
                                return false;
                            }

                            given[epoch] = got;
                            break;
                        case Act.Offer:
                            var isToBeWarmed = rollover.Offer(plan);
                            newest = isToBeWarmed || plan == plans[begun + 1] ? plan : newest;
                            if (isToBeWarmed && (plan == plans[begun + 1] || rollover.Warming != plan))
                            {
                                return false;
                            }

                            break;
                        case Act.Warmed:
                            if (rollover.Warming == plan)
                            {
                                Array.Fill(plans, plan, begun + 1, Epochs - begun);
                            }

                            rollover.Warmed(plan);
                            break;
                        default:
                            var wasWarming = rollover.Warming == plan;
                            rollover.Failed(plan, "no");
                            if (wasWarming && (rollover.Warming is not null || rollover.Fault != "no"))
                            {
                                return false;
                            }

                            break;
                    }

                    if (rollover.Current != plans[Math.Max(0, begun)] || rollover.Next != plans[begun + 1] || (rollover.Warming ?? newest) != newest)
                    {
                        return false;
                    }
                }

                return Enumerable.Range(0, begun + 1).All(epoch => rollover.Begin(epoch) == plans[epoch]);
            },
            iter: 5000);

    [Fact]
    public void Offer_OfAPlanThatFailed_IsTriedAgainOnceAnEpoch()
    {
        var rollover = new Rollover<string>("old");
        rollover.Begin(3);
        Assert.True(rollover.Offer("new"));
        Assert.False(rollover.Offer("new"));
        rollover.Failed("new", "the disk is gone");

        Assert.False(rollover.Offer("new"));
        Assert.Equal(("old", "the disk is gone"), (rollover.Begin(3), rollover.Fault));
        Assert.Equal("old", rollover.Begin(4));
        Assert.True(rollover.Offer("new"));
        rollover.Warmed("new");

        Assert.Equal(("old", "new", "old"), (rollover.Begin(4), rollover.Begin(5), rollover.Begin(0)));
        Assert.Null(rollover.Fault);
    }

    [Fact]
    public void Offer_OfThePlanInUse_CallsOffTheNewerOne()
    {
        var rollover = new Rollover<string>("old");
        rollover.Begin(0);
        Assert.True(rollover.Offer("new"));
        Assert.False(rollover.Offer("old"));
        rollover.Warmed("new");

        Assert.Equal("old", rollover.Begin(1));
    }
}
