using Features.Core.TrainingSets.Cards;
using Features.Testing;

namespace Features.Core.Tests.TrainingSets.Cards;

/// <summary>Whole cards, held to files that people have looked at. With FEATURES_WRITE_GOLDEN=true they are written anew, and the test fails so that nobody forgets to look.</summary>
public class CardGoldenTests
{
    [Theory]
    [InlineData("loans.md")]
    [InlineData("loans.html")]
    [InlineData("loans.croissant.json")]
    public async Task Card_OfTheSample_IsTheGolden(string name)
    {
        var text = name switch
        {
            "loans.md" => MarkdownCard.Write(CardSample.Card),
            "loans.html" => HtmlCard.Write(CardSample.Card),
            _ => CroissantCard.Write(CardSample.Card),
        };
        var path = Path.Combine(Fixtures.Repository, "tests", "Features.Core.Tests", "TrainingSets", "Cards", "Golden", name);
        if (Environment.GetEnvironmentVariable("FEATURES_WRITE_GOLDEN") == "true")
        {
            await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
            Assert.Fail($"{path} was written; look at what changed, and run without FEATURES_WRITE_GOLDEN");
        }

        Assert.Equal(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), text);
    }
}
