using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.TrainingSets.Cards;
using Features.Core.TrainingSets.Statistics;
using Features.Core.Transformations;

namespace Features.Core.Tests.TrainingSets.Cards;

public class TrainingSetCardTests
{
    [Fact]
    public void Card_SaysWhatTheDefinitionsSay()
    {
        var card = CardSample.Card;
        Assert.Equal(("Loans & whether they were paid <back>", "credit-team", "defaulted"), (card.Description, card.Owner, card.Label?.Column.Name));
        Assert.Equal(["debt", "city", "ssn", "empty"], card.Features.Select(f => f.Column.Name));
        Assert.Equal(["borrower", "asked_at", "_split"], card.Others.Select(f => f.Column.Name));
        Assert.Equal("sum(amount) over 30d", card.Features[0].Expression);
        Assert.Equal(
            [("loans", CardDefinitionState.InForce), ("risk", CardDefinitionState.InForce), ("history", CardDefinitionState.InForce), ("borrower", CardDefinitionState.Changed)],
            card.Definitions.Select(d => (d.Name, d.State)));
        Assert.Equal(CardDefinitionState.NotInForce, TrainingSetCard.Of(CardSample.Manifest, CardSample.Statistics, new DefinitionSet([]), TableTags.None).Definitions[0].State);
    }

    [Fact]
    public void Parts_HaveTheirRowsTimesAndLabels()
    {
        Assert.Equal([("test", 40L), ("train", 160L), ("validation", 30L), (null, 10L)], CardSample.Card.Parts.Select(p => (p.Name, p.Rows)));
        Assert.Equal(1, CardSample.Card.Parts.Sum(p => p.Share), 12);
        var train = CardSample.Card.Parts[1];
        Assert.Equal([new ValueCount("false", 142), new ValueCount("true", 18)], train.Label!.Top!.Values);
        Assert.Equal("2023-11-14T22:13:20", train.Time!.Min);
    }

    [Fact]
    public void Notices_NameWhatStandsOut()
    {
        Assert.Contains("empty has no value at all.", CardSample.Card.Notices);
        Assert.Contains("10 rows belong to no part of the split.", CardSample.Card.Notices);
        Assert.Contains(CardSample.Card.Notices, n => n.StartsWith("Values of ssn are not shown: pii=ssn", StringComparison.Ordinal));
        Assert.Contains(CardSample.Card.Notices, n => n.StartsWith("Changed since the set was made: Entity borrower", StringComparison.Ordinal));
        Assert.DoesNotContain(CardSample.Card.Notices, n => n.Contains("debt", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("pii", "ssn", true)]
    [InlineData("sensitivity", "restricted", true)]
    [InlineData("sensitivity", "personal", true)]
    [InlineData("sensitivity", "confidential", false)]
    [InlineData("sensitivity", "public", false)]
    [InlineData("note", "restricted", false)]
    public void Values_OfATaggedColumn_AreWithheldEverywhere(string key, string value, bool isWithheld)
    {
        var tags = new TableTags(new Dictionary<string, string>(), new Dictionary<string, IReadOnlyDictionary<string, string>> { ["ssn"] = new Dictionary<string, string> { [key] = value } });
        AssertSecret(TrainingSetCard.Of(CardSample.Manifest, CardSample.Statistics, CardSample.Definitions, tags), isWithheld);
    }

    [Fact]
    public void Values_OfARestrictedTable_AreAllWithheld()
    {
        var card = TrainingSetCard.Of(CardSample.Manifest, CardSample.Statistics, CardSample.Definitions, new TableTags(new Dictionary<string, string> { ["sensitivity"] = "restricted" }, TableTags.None.Columns));
        AssertSecret(card, true);
        Assert.All(card.Columns, c => Assert.Equal((null, null, null, null, null), (c.Statistics.Min, c.Statistics.Mean, c.Statistics.Quantiles, c.Statistics.Histogram, c.Statistics.Top)));
        Assert.All(card.Parts, p => Assert.Equal((null, null), (p.Label!.Top, p.Time!.Min)));
        Assert.DoesNotContain("Zürich", HtmlCard.Write(card) + MarkdownCard.Write(card) + CroissantCard.Write(card), StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_LearnedFromAWithheldOne_AreWithheldToo()
    {
        var learned = new FittedVocabulary("ssn", StringType.Default, "debt", 3, [new ValueKey("first", 0), new ValueKey("second", 0)]);
        var card = TrainingSetCard.Of(CardSample.Manifest with { Transformations = [learned] }, CardSample.Statistics, CardSample.Definitions, CardSample.Tags);
        var debt = card.Columns.Single(c => c.Column.Name == "debt");
        Assert.Equal(("pii=ssn", null, null), (debt.WithheldBy, debt.Statistics.Histogram, debt.Statistics.Max));
        Assert.Empty(Assert.Single(card.Transformations).Learned);

        var shown = TrainingSetCard.Of(CardSample.Manifest with { Transformations = [learned] }, CardSample.Statistics, CardSample.Definitions, TableTags.None);
        Assert.Equal([new("from values", "3"), new KeyValuePair<string, string>("values", "first, second")], Assert.Single(shown.Transformations).Learned);
    }

    private static void AssertSecret(TrainingSetCard card, bool isWithheld)
    {
        Assert.Contains(CardSample.Secret, CardSample.Statistics["ssn"]!.Top!.Values[0].Value, StringComparison.Ordinal);
        foreach (var text in new[] { HtmlCard.Write(card), MarkdownCard.Write(card) })
        {
            Assert.Equal(!isWithheld, text.Contains(CardSample.Secret, StringComparison.Ordinal));
        }

        Assert.DoesNotContain(CardSample.Secret, CroissantCard.Write(card), StringComparison.Ordinal);
    }
}
