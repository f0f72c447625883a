using Features.Core.Governance;

namespace Features.Core.Tests.Governance;

public sealed class TagLatticeTests
{
    private static readonly Gen<IReadOnlyDictionary<string, string>> Tags =
        from sensitivity in OneOf("-", "public", "internal", "confidential", "restricted", "secret")
        from pii in OneOf("-", "email", "name", "email,phone")
        from purposes in OneOf("-", "", "fraud", "ads,fraud", "ads")
        from unit in OneOf("-", "km", "mi")
        select (IReadOnlyDictionary<string, string>)new[] { ("sensitivity", sensitivity), ("pii", pii), ("allowed_purposes", purposes), ("unit", unit) }
            .Where(t => t.Item2 != "-").ToDictionary(t => t.Item1, t => t.Item2);

    private static SortedDictionary<string, string> Join(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right) => new(TagLattice.Join(left, right).ToDictionary());

    private static Gen<string> OneOf(params string[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public void Join_OfAnyTags_IsCommutativeAssociativeAndIdempotent() => Gen.Select(Tags, Tags, Tags).Sample((a, b, c) =>
    {
        Assert.Equal(Join(a, b), Join(b, a));
        Assert.Equal(Join(Join(a, b), c), Join(a, Join(b, c)));
        Assert.Equal(Join(a, b), Join(Join(a, b), b));
    });

    [Theory]
    [InlineData("sensitivity", "internal", "confidential", "confidential")]
    [InlineData("sensitivity", "restricted", "public", "restricted")]
    [InlineData("sensitivity", "typo", "restricted", "typo")]
    [InlineData("pii", "email,name", "phone,email", "email,name,phone")]
    [InlineData("allowed_purposes", "ads,fraud", "fraud,research", "fraud")]
    [InlineData("allowed_purposes", "ads", "fraud", "")]
    [InlineData("source", "US DOT", "BTS", "BTS,US DOT")]
    public void Join_OfTwoValues_FollowsTheKeysLattice(string key, string left, string right, string joined) =>
        Assert.Equal(joined, TagLattice.Join(new Dictionary<string, string> { [key] = left }, new Dictionary<string, string> { [key] = right })[key]);

    [Theory]
    [InlineData("sensitivity", "confidential", "public", "confidential")]
    [InlineData("owner", "ops", "data", "data")]
    public void Declare_OverInherited_CannotRelax(string key, string inherited, string declared, string result) =>
        Assert.Equal(result, TagLattice.Declare(new Dictionary<string, string> { [key] = inherited }, new Dictionary<string, string> { [key] = declared })[key]);
}
