using System.Text.Json;

namespace Features.Ordering.Tests;

public class GroupingTests
{
    private static readonly Order Order = new("sha256:00", 100, OrderMode.Grouped, 1) { Grouping = new Grouping(16, 4, 3) };

    [Fact]
    public void State_OfAGroupedOrder_ComesBackThroughJson()
    {
        var state = new OrderState(Order, 3, 99);

        Assert.Contains("\"grouping\":{\"block\":16,\"group_blocks\":4,\"lanes\":3}", state.ToJson(), StringComparison.Ordinal);
        Assert.Equal(state, OrderState.Parse(state.ToJson()));
    }

    [Fact]
    public void State_OfAnotherGrouping_IsRefusedByThatName()
    {
        var state = new OrderState(Order, 0, 0);
        var error = Assert.Throws<OrderMismatchException>(() => state.Check(Order with { Grouping = new Grouping(16, 4, 4) }));

        Assert.Equal(["grouping"], error.Parts);
        Assert.Contains("grouping was block=16,group_blocks=4,lanes=3, is block=16,group_blocks=4,lanes=4", error.Message, StringComparison.Ordinal);
        var other = Order with { Mode = OrderMode.Global, Grouping = null };
        Assert.Equal(["algorithm", "mode", "grouping"], Assert.Throws<OrderMismatchException>(() => state.Check(other)).Parts);
    }

    [Fact]
    public void Digest_EachNumberOfTheGrouping_MakesAnother()
    {
        Grouping[] groupings = [new(16, 4, 3), new(4, 16, 3), new(16, 3, 4), new(17, 4, 3), new(16, 5, 3), new(16, 4, 2)];
        Assert.Equal(groupings.Length, groupings.Select(grouping => (Order with { Grouping = grouping }).Digest).Distinct().Count());
    }

    [Fact]
    public void State_WhoseGroupingWasChanged_IsRefused()
    {
        var json = new OrderState(Order, 0, 0).ToJson();
        var error = Assert.Throws<FormatException>(() => OrderState.Parse(json.Replace("\"lanes\":3", "\"lanes\":4", StringComparison.Ordinal)));
        Assert.Contains("digest", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Order_WhoseModeAndGroupingDisagree_IsRefused()
    {
        var without = Order with { Grouping = null };
        var needless = Order with { Mode = OrderMode.Global };

        Assert.Contains("needs a grouping", Assert.Throws<InvalidOperationException>(() => without.InEpoch(0)).Message, StringComparison.Ordinal);
        Assert.Contains("the mode is 'global'", Assert.Throws<InvalidOperationException>(() => needless.InEpoch(0)).Message, StringComparison.Ordinal);
        Assert.Contains("needs a grouping", Assert.Throws<FormatException>(() => OrderState.Parse(new OrderState(without, 0, 0).ToJson())).Message, StringComparison.Ordinal);
        Assert.Contains("belongs to", Assert.Throws<FormatException>(() => OrderState.Parse(new OrderState(needless, 0, 0).ToJson())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1, 1, "Block")]
    [InlineData(1, -1, 1, "GroupBlocks")]
    [InlineData(1, 1, 0, "Lanes")]
    public void Grouping_NumberBelowOne_IsRefusedByName(int block, int groupBlocks, int lanes, string name) =>
        Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(() => new Grouping(block, groupBlocks, lanes)).ParamName);

    [Theory]
    [InlineData("[]", "must be an object")]
    [InlineData("""{"group_blocks":1,"lanes":1}""", "'block' must be a whole number from 1 to 2147483647")]
    [InlineData("""{"block":1,"group_blocks":0,"lanes":"two"}""", "'group_blocks' must")]
    [InlineData("""{"block":1,"group_blocks":0,"lanes":"two"}""", "'lanes' must")]
    [InlineData("""{"block":1,"group_blocks":1,"lanes":2147483648}""", "'lanes' must")]
    [InlineData("""{"block":1,"group_blocks":1,"lanes":1,"k":1}""", "'k' is unknown")]
    public void Grouping_FromBadJson_IsRefusedWithEachFault(string text, string fault)
    {
        using var json = JsonDocument.Parse(text);
        Assert.Contains(fault, Assert.Throws<FormatException>(() => Grouping.Read(json.RootElement)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OrderMode.None, "none")]
    [InlineData(OrderMode.Global, "global")]
    [InlineData(OrderMode.Grouped, "grouped")]
    public void Mode_ThroughItsName_ComesBack(OrderMode mode, string name)
    {
        Assert.Equal(name, mode.ToName());
        Assert.Equal(mode, OrderModes.Parse(name));
    }
}
