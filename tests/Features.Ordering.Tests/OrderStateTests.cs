namespace Features.Ordering.Tests;

public class OrderStateTests
{
    private static readonly Order Order = new("sha256:" + new string('a', 64), 3_000_000, OrderMode.Global, 42);

    [Fact]
    public void State_ThroughJson_ComesBackEqualAndSmall()
    {
        var state = new OrderState(Order with { Filter = "delay > \"ö\"" }, 3, 123_456);

        Assert.Equal(state, OrderState.Parse(state.ToJson()));
        Assert.True(state.ToJson().Length < 1024);
    }

    [Fact]
    public void State_OfAnotherOrder_IsRefusedWithEachPartThatDiffers()
    {
        var state = new OrderState(Order, 0, 0);
        state.Check(Order with { });

        var error = Assert.Throws<OrderMismatchException>(() => state.Check(Order with { Seed = 43, Policy = "sha256:01" }));
        Assert.Equal(["policy", "seed"], error.Parts);
        Assert.Contains("seed was 42, is 43", error.Message, StringComparison.Ordinal);
        Assert.Equal(["algorithm", "mode"], Assert.Throws<OrderMismatchException>(() => state.Check(Order with { Mode = OrderMode.None })).Parts);
        Assert.Equal(["content"], Assert.Throws<OrderMismatchException>(() => state.Check(Order with { Content = "sha256:bb" })).Parts);
        Assert.Equal(["rows"], Assert.Throws<OrderMismatchException>(() => state.Check(Order with { Rows = 4 })).Parts);
        Assert.Equal(["filter"], Assert.Throws<OrderMismatchException>(() => state.Check(Order with { Filter = "" })).Parts);
    }

    [Fact]
    public void Digest_AnyPartThatDiffers_IsAnother()
    {
        Order[] others =
        [
            Order, Order with { Content = "x" }, Order with { Rows = 1 }, Order with { Mode = OrderMode.None }, Order with { Seed = 1 },
            Order with { Filter = "" }, Order with { Policy = "" }, Order with { Filter = "\npolicy:0:" },
        ];
        Assert.Equal(others.Length, others.Select(order => order.Digest).Distinct().Count());
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("[]", "'v' is missing")]
    [InlineData("""{"v":2}""", "version 2")]
    [InlineData("""{"v":1}""", "'order' is missing")]
    [InlineData("""{"v":1,"order":{"content":1}}""", "'content' must be a string")]
    public void State_ThatIsNone_IsRefusedWithTheReason(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => OrderState.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void State_Changed_IsRefused()
    {
        var json = new OrderState(Order, 0, 10).ToJson();

        Assert.Contains("digest", Assert.Throws<FormatException>(() => OrderState.Parse(json.Replace("\"seed\":42", "\"seed\":43", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
        Assert.Contains("past", Assert.Throws<FormatException>(() => OrderState.Parse(json.Replace("\"position\":10", "\"position\":3000001", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
        Assert.Contains("feistel-v9", Assert.Throws<FormatException>(() => OrderState.Parse(json.Replace("feistel-v1", "feistel-v9", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mode_Unknown_IsRefusedByName() =>
        Assert.Contains("'random' is unknown", Assert.Throws<FormatException>(() => OrderModes.Parse("random")).Message, StringComparison.Ordinal);
}
