using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.Governance;
using Features.Core.TrainingSets;
using Features.Core.TrainingSets.Cards;
using Features.Core.TrainingSets.Statistics;

namespace Features.Core.Tests.TrainingSets.Cards;

/// <summary>A small set of loans with a split, a label, a withheld column, one without values and names that markup could take for its own.</summary>
internal static class CardSample
{
    /// <summary>A value that stands in withheld columns only.</summary>
    public const string Secret = "998-77-6655";

    public static DefinitionSet Definitions { get; } = DefinitionReader.ReadText(
        """
        kind: Entity
        name: borrower
        keys: [{ name: borrower, type: long }]
        ---
        kind: FeatureView
        name: history
        entity: borrower
        source: credit.events
        clocks: { event: happened_at, available: known_at }
        features:
          - { name: debt, aggregate: sum(amount), window: 30d, description: "What is owed | of all <loans> & cards" }
          - { name: city, column: city }
          - { name: ssn, column: ssn }
          - { name: empty, column: nothing }
        ---
        kind: FeatureService
        name: risk
        features: [history:*]
        ---
        kind: TrainingSet
        name: loans
        description: "Loans & whether they were paid <back>"
        owner: credit-team
        service: risk
        spine: SELECT borrower, asked_at, defaulted FROM credit.loans WHERE amount < 5000
        timestamp: asked_at
        label: defaulted
        """,
        "loans.yaml");

    public static TableTags Tags { get; } = new(
        new Dictionary<string, string> { ["owner"] = "credit-team", ["sensitivity"] = "internal" },
        new Dictionary<string, IReadOnlyDictionary<string, string>> { ["ssn"] = new Dictionary<string, string> { ["pii"] = "ssn" }, ["debt"] = new Dictionary<string, string> { ["sensitivity"] = "confidential" } });

    public static TrainingSetManifest Manifest { get; } = new()
    {
        Name = "loans",
        Table = "training.loans",
        SnapshotId = 1234567890123456789,
        Rows = 240,
        Digest = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        Sources = [new PinnedSource("credit.events", Guid.Parse("6f9619ff-8b86-d011-b42d-00c04fc964ff"), 42), new PinnedSource("credit.loans", null, -1)],
        Columns =
        [
            new("_row", "long", "row", null), new("borrower", "long", "key", null), new("asked_at", "timestamp", "time", null), new("defaulted", "boolean", "label", null), new("_split", "string", "split", null),
            new("debt", "double", "feature", "history:debt"), new("city", "string", "feature", "history:city"), new("ssn", "string", "feature", "history:ssn"), new("empty", "double", "feature", "history:empty"),
        ],
        Definitions = Definitions.Definitions.ToDictionary(d => $"{d.Kind}/{d.Name}", d => d.Name == "borrower" ? new string('0', 64) : CanonicalJson.HashOf(d)),
        CreatedAt = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero),
    };

    public static TrainingSetStatistics Statistics { get; } = Count();

    public static TrainingSetCard Card { get; } = TrainingSetCard.Of(Manifest, Statistics, Definitions, Tags) with
    {
        Transformations = [new CardTransformation("debt", "standardize", "debt__standardize", [new("mean", "120.5"), new("standard deviation", "33")])],
        Files = [new CardFile("warehouse/training/loans/data/rows-0.parquet", 4321, new string('a', 64))],
    };

    private static TrainingSetStatistics Count()
    {
        var (row, borrower, asked, defaulted, split, debt, city, ssn, empty) = (
            new Int64Array.Builder(), new Int64Array.Builder(), new Int64Array.Builder(), new BooleanArray.Builder(), new StringArray.Builder(), new DoubleArray.Builder(), new StringArray.Builder(), new StringArray.Builder(),
            new DoubleArray.Builder());
        for (var i = 0; i < 240; i++)
        {
            row.Append(i);
            borrower.Append(1000 + (i * 37 % 101));
            asked.Append(1_700_000_000_000_000 + (i * 3_600_000_000L));
            defaulted.Append(i % 9 == 0);
            split.Append(i < 160 ? "train" : i < 170 ? null : i < 200 ? "validation" : "test");
            _ = i % 11 == 0 ? debt.AppendNull() : debt.Append((i * i % 977) / 4d);
            city.Append((i % 4) switch { 0 => "Zürich", 1 => "<b>Bern</b>", 2 => "Gen`eve|", _ => $"Town {i}" });
            ssn.Append(Secret + i);
            empty.AppendNull();
        }

        var times = asked.Build();
        var type = new TimestampType(Apache.Arrow.Types.TimeUnit.Microsecond, (string?)null);
        IArrowArray[] arrays = [row.Build(), borrower.Build(), new TimestampArray(type, times.ValueBuffer, times.NullBitmapBuffer, times.Length, 0, 0), defaulted.Build(), split.Build(), debt.Build(), city.Build(), ssn.Build(), empty.Build()];
        var schema = new Schema([.. Manifest.Columns.Zip(arrays, (c, a) => new Field(c.Name, a.Data.DataType, true))], null);
        var accumulator = StatisticsAccumulator.Of(schema, Manifest.Columns);
        accumulator.Append(new RecordBatch(schema, arrays, 240));
        return accumulator.Finish();
    }
}
