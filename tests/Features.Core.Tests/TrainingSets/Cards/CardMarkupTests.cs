using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.TrainingSets;
using Features.Core.TrainingSets.Cards;
using Features.Core.TrainingSets.Statistics;

namespace Features.Core.Tests.TrainingSets.Cards;

public partial class CardMarkupTests
{
    private const string Hostile = "</code><script>alert(1)</script>\"' onload=\"x|`*[a](b)";

    private static readonly double[] Odd = [double.NaN, double.PositiveInfinity, double.MaxValue, double.MinValue, double.Epsilon, 0];

    [Fact]
    public void Page_NeedsNothingElse()
    {
        var page = HtmlCard.Write(CardSample.Card);
        Assert.DoesNotMatch("(?i)<script|<link|<img|<iframe|@import|url\\(|src=|href=|javascript:", page);
    }

    [Fact]
    public void Page_WithHostileTexts_IsTheSameMarkup()
    {
        Assert.Equal(Shape(HtmlCard.Write(With("plain"))), Shape(HtmlCard.Write(With(Hostile))));
        Assert.DoesNotContain("<script>", HtmlCard.Write(With(Hostile)), StringComparison.Ordinal);
    }

    [Fact]
    public void Markdown_WithHostileTexts_KeepsItsTables()
    {
        static string[] Cells(string text) => [.. text.Split('\n').Where(l => l.StartsWith('|')).Select(l => Regex.Count(l, @"(?<!\\)\|").ToString(CultureInfo.InvariantCulture))];
        Assert.Equal(Cells(MarkdownCard.Write(With("plain"))), Cells(MarkdownCard.Write(With(Hostile))));
        Assert.DoesNotMatch(@"(?<!\\)<script>", Regex.Replace(MarkdownCard.Write(With(Hostile)), "(?s)```.*?```", ""));
    }

    [Fact]
    public void Page_IsWellFormedAndTitled()
    {
        var page = XDocument.Parse(Regex.Replace(HtmlCard.Write(CardSample.Card).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal), "<(meta[^>]*|br)>", "<$1/>"));
        Assert.Equal("en", page.Root!.Attribute("lang")!.Value);
        Assert.All(page.Descendants("svg"), svg => Assert.True(svg.Attribute("aria-hidden")?.Value == "true" || (svg.Attribute("role")?.Value == "img" && svg.Attribute("aria-label")?.Value.Length > 0)));
        Assert.All(page.Descendants("table"), table => Assert.All(table.Element("thead")!.Descendants("th"), th => Assert.Equal("col", th.Attribute("scope")?.Value)));
        Assert.All(page.Descendants("tbody").Elements("tr"), row => Assert.Equal("row", row.Element("th")?.Attribute("scope")?.Value));
        Assert.All(page.Descendants("section"), section => Assert.Contains(section.Descendants("h2"), h => h.Attribute("id")?.Value == section.Attribute("aria-labelledby")?.Value));
    }

    [Fact]
    public void Plots_OfAnyColumn_StayWithinTheirFrames() =>
        Gen.Frequency((8, Gen.Double[-1e9, 1e9]), (3, Gen.Double[0, 1]), (1, Gen.Int[0, 5].Select(i => Odd[i]))).Array[0, 60].Sample(values =>
        {
            foreach (var plot in Plots().Matches(HtmlCard.Write(Of(values))).Select(m => XElement.Parse(m.Value)))
            {
                var frame = plot.Attribute("viewBox")!.Value.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToList();
                foreach (var rect in plot.Descendants("rect").Where(r => r.Attribute("x") is not null))
                {
                    var (x, y, width, height) = (Number(rect, "x"), Number(rect, "y"), Number(rect, "width"), Number(rect, "height"));
                    Assert.True(x >= 0 && y >= 0 && width >= 0 && height >= 0 && x + width <= frame[2] + 0.05 && y + height <= frame[3] + 0.05, rect.ToString());
                }
            }
        }, iter: 60);

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1234567.8, "1,234,568")]
    [InlineData(12_345_678, "12.35\u00A0M")]
    [InlineData(-2_132_869_892d, "-2.133\u00A0bn")]
    [InlineData(999.96, "1000")]
    [InlineData(12.3456, "12.35")]
    [InlineData(-0.00123456, "-0.001235")]
    [InlineData(0.00001234, "1.234e-5")]
    [InlineData(1.5e300, "1.5e+300")]
    public void Numbers_HaveFourDigits(double value, string wanted) => Assert.Equal(wanted, CardText.Number(value));

    [Theory]
    [InlineData(0, "0%")]
    [InlineData(0.0001, "<0.1%")]
    [InlineData(0.5, "50.0%")]
    [InlineData(0.9999, ">99.9%")]
    [InlineData(1, "100%")]
    public void Shares_ThatAreNotQuiteAllOrNone_DoNotLookIt(double share, string wanted) => Assert.Equal(wanted, CardText.Percent(share));

    private static double Number(XElement element, string name) => double.Parse(element.Attribute(name)!.Value, CultureInfo.InvariantCulture);

    /// <summary>The tags alone, with their attributes' names.</summary>
    private static string Shape(string page) => string.Join('\n', Tags().Matches(page).Select(m => Regex.Replace(m.Value, "\"[^\"]*\"", "\"\"")));

    private static TrainingSetCard With(string text) => CardSample.Card with
    {
        Manifest = CardSample.Manifest with { Name = text },
        Description = text,
        Owner = text,
        Tags = new Dictionary<string, string> { [text] = text },
        Notices = [text],
        Transformations = [new CardTransformation(text, text, text, [new(text, text)])],
        Columns =
        [
            .. CardSample.Card.Columns.Select(c => c with
            {
                Column = c.Column with { Name = text, Type = text, Source = text },
                Description = text,
                Expression = text,
                Tags = new Dictionary<string, string> { [text] = text },
                Statistics = c.Statistics with { Top = c.Statistics.Top is { } top ? top with { Values = [.. top.Values.Select(v => v with { Value = text })] } : null },
            }),
        ],
        Definitions = [new CardDefinition("FeatureView", text, text, CardDefinitionState.Changed, text)],
        Definition = CardSample.Card.Definition! with { Spine = text },
    };

    private static TrainingSetCard Of(double[] values)
    {
        var schema = new Schema([new Field("x", DoubleType.Default, true)], null);
        var accumulator = new StatisticsAccumulator(schema);
        accumulator.Append(new RecordBatch(schema, [new DoubleArray.Builder().AppendRange(values).Build()], values.Length));
        var manifest = CardSample.Manifest with { Rows = values.Length, Columns = [new TrainingColumn("x", "double", "feature", null)] };
        return TrainingSetCard.Of(manifest, accumulator.Finish(), CardSample.Definitions, CardSample.Tags);
    }

    [GeneratedRegex("(?s)<svg class=\"plot.*?</svg>")]
    private static partial Regex Plots();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();
}
