using System.Text.RegularExpressions;
using Features.Server.Access;

namespace Features.Server.Tests.Access;

public class NamePatternTests
{
    private static readonly Gen<string> Text = Gen.Char["ab*."].Array[0, 8].Select(chars => new string(chars));

    [Fact]
    public void IsLike_AnyNameAndPattern_IsAsARegularExpressionHasIt() => Gen.Select(Text, Text).Sample(
        (name, pattern) => NamePattern.IsLike(name, pattern) == Regex.IsMatch(name, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}\\z", RegexOptions.Singleline),
        iter: 20_000);
}
