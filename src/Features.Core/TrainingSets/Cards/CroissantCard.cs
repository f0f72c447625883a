using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Features.Core.TrainingSets.Statistics;

namespace Features.Core.TrainingSets.Cards;

/// <summary>
/// A card as MLCommons Croissant 1.1 (http://mlcommons.org/croissant/1.1), JSON-LD that catalogues of data sets read. The tags <c>license</c>, <c>url</c> and <c>creator</c> of the set fill what Croissant
/// requires and no set knows by itself; where they are missing, the licence says that it is not stated, the URL is a URN of the digest, and the creator is the owner.
/// </summary>
public static class CroissantCard
{
    private const string Rows = "rows";
    private const string Splits = "splits";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The card as JSON-LD; lines end with a line feed.</summary>
    /// <param name="card">The card, with its <see cref="TrainingSetCard.Files"/>.</param>
    public static string Write(TrainingSetCard card)
    {
        var (manifest, tags) = (card.Manifest, card.Tags);
        var made = manifest.CreatedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var json = new JsonObject
        {
            ["@context"] = CroissantContext.Json(),
            ["@type"] = "sc:Dataset",
            ["conformsTo"] = "http://mlcommons.org/croissant/1.1",
            ["name"] = manifest.Name,
            ["description"] = card.Description ?? string.Create(CultureInfo.InvariantCulture, $"A training set of {manifest.Rows} rows and {card.Features.Count} features, joined point-in-time from {string.Join(", ", manifest.Sources.Select(s => s.Table))}."),
            ["license"] = tags.GetValueOrDefault("license") is { } license ? license : new JsonObject { ["@type"] = "sc:CreativeWork", ["name"] = "not stated" },
            ["url"] = tags.GetValueOrDefault("url") ?? $"urn:features:training-set:{manifest.Name}:{manifest.Digest}",
            ["creator"] = new JsonObject { ["@type"] = "sc:Organization", ["name"] = tags.GetValueOrDefault("creator") ?? card.Owner ?? "not stated" },
            ["datePublished"] = made,
            ["version"] = $"1.0.0+{CardText.ShortHash(manifest.Digest)}",
            ["isLiveDataset"] = false,
            ["prov:wasDerivedFrom"] = new JsonArray([.. manifest.Sources.Select(Source)]),
            ["distribution"] = Distribution(card),
            ["recordSet"] = new JsonArray([.. card.Parts.Any(p => p.Name is not null) ? [SplitNames(card)] : System.Array.Empty<JsonNode>(), RowsOf(card)]),
        };
        if (tags.Count > 0)
        {
            json["keywords"] = new JsonArray([.. tags.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => JsonValue.Create($"{t.Key}={t.Value}"))]);
        }

        if (card.Columns.Where(c => c.WithheldBy is not null).ToList() is { Count: > 0 } sensitive)
        {
            json["rai:personalSensitiveInformation"] = new JsonArray([.. sensitive.Select(c => JsonValue.Create($"{c.Column.Name}: {c.WithheldBy}"))]);
        }

        return json.ToJsonString(Indented) + "\n";
    }

    private static JsonNode Source(PinnedSource source) => new JsonObject
    {
        ["@type"] = "prov:Entity",
        ["@id"] = string.Create(CultureInfo.InvariantCulture, $"urn:{(source.Uuid is { } uuid ? $"uuid:{uuid}" : $"features:table:{source.Table}")}{(source.Snapshot < 0 ? "" : $"#{source.Snapshot}")}"),
        ["name"] = source.Snapshot < 0 ? $"{source.Table}, empty" : string.Create(CultureInfo.InvariantCulture, $"{source.Table} at snapshot {source.Snapshot}"),
    };

    private static JsonArray Distribution(TrainingSetCard card) =>
    [
        .. card.Files.Select((file, i) => (JsonNode)new JsonObject
        {
            ["@type"] = "cr:FileObject",
            ["@id"] = FileId(i),
            ["name"] = FileId(i),
            ["contentUrl"] = file.Location,
            ["contentSize"] = string.Create(CultureInfo.InvariantCulture, $"{file.Bytes} B"),
            ["encodingFormat"] = "application/x-parquet",
            ["sha256"] = file.Sha256,
        }),
        new JsonObject
        {
            ["@type"] = "cr:FileSet",
            ["@id"] = "files",
            ["name"] = "files",
            ["containedIn"] = new JsonArray([.. card.Files.Select((_, i) => Reference(FileId(i)))]),
            ["encodingFormat"] = "application/x-parquet",
            ["includes"] = "*.parquet",
        },
    ];

    private static JsonObject SplitNames(TrainingSetCard card) => new()
    {
        ["@type"] = "cr:RecordSet",
        ["@id"] = Splits,
        ["name"] = Splits,
        ["dataType"] = "cr:Split",
        ["key"] = Reference($"{Splits}/name"),
        ["field"] = new JsonArray(
            new JsonObject { ["@type"] = "cr:Field", ["@id"] = $"{Splits}/name", ["name"] = "name", ["dataType"] = "sc:Text" },
            new JsonObject { ["@type"] = "cr:Field", ["@id"] = $"{Splits}/url", ["name"] = "url", ["dataType"] = "cr:Split" }),
        ["data"] = new JsonArray([.. card.Parts.Select(p => p.Name).OfType<string>().Select(name => new JsonObject { [$"{Splits}/name"] = name, [$"{Splits}/url"] = SplitOf(name) })]),
    };

    private static JsonObject RowsOf(TrainingSetCard card) => new()
    {
        ["@type"] = "cr:RecordSet",
        ["@id"] = Rows,
        ["name"] = Rows,
        ["annotation"] = new JsonArray(Figure(Rows, "count", card.Manifest.Rows)),
        ["field"] = new JsonArray([.. card.Columns.Select(c => Field(card, c))]),
    };

    private static JsonObject Field(TrainingSetCard card, CardColumn column)
    {
        var id = $"{Rows}/{column.Column.Name}";
        var type = DataType(column.Column.Type);
        var statistics = column.Statistics;
        var json = new JsonObject
        {
            ["@type"] = "cr:Field",
            ["@id"] = id,
            ["name"] = column.Column.Name,
            ["description"] = column.Description ?? (column.Expression is { } expression ? $"{expression} ({column.Column.Source})" : column.Column.Source ?? CardLines.Role(column.Column.Role)),
            ["dataType"] = column.Column.Role == "label" ? new JsonArray(type, "cr:Label") : type,
            ["source"] = new JsonObject { ["fileSet"] = Reference("files"), ["extract"] = new JsonObject { ["column"] = column.Column.Name } },
        };
        if (column.Column.Name == Core.Definitions.Split.Column && card.Parts.Count > 0)
        {
            json["references"] = new JsonObject { ["field"] = Reference($"{Splits}/name") };
        }

        var figures = new List<JsonNode?> { Figure(id, "null-count", statistics.Nulls) };
        if (statistics.Kind == ColumnKind.Number)
        {
            figures.AddRange([.. statistics.Mean is { } mean ? [Figure(id, "mean", mean)] : System.Array.Empty<JsonNode>(), Bound(id, "min", statistics.Min, "sc:minValue"), Bound(id, "max", statistics.Max, "sc:maxValue")]);
        }

        json["annotation"] = new JsonArray([.. figures.OfType<JsonNode>()]);
        return json;
    }

    private static JsonObject Figure(string of, string name, JsonNode value) =>
        new() { ["@type"] = "cr:Field", ["@id"] = $"{of}/{name}", ["name"] = name, ["value"] = value, ["dataType"] = "sc:Number" };

    private static JsonObject? Bound(string of, string name, string? text, string property)
    {
        if (text is null)
        {
            return null;
        }

        var json = Figure(of, name, double.Parse(text, CultureInfo.InvariantCulture));
        json["equivalentProperty"] = property;
        return json;
    }

    private static JsonObject Reference(string id) => new() { ["@id"] = id };

    private static string FileId(int file) => string.Create(CultureInfo.InvariantCulture, $"file-{file + 1}.parquet");

    private static string SplitOf(string name) => name switch
    {
        "train" or "training" => "cr:TrainingSplit",
        "validation" or "valid" or "val" or "dev" => "cr:ValidationSplit",
        "test" => "cr:TestSplit",
        _ => "cr:Split",
    };

    private static string DataType(string type) => type switch
    {
        "boolean" => "sc:Boolean",
        "int" or "long" => "sc:Integer",
        "float" or "double" => "sc:Float",
        "date" => "sc:Date",
        "time" => "sc:Time",
        "timestamp" or "timestamptz" => "sc:DateTime",
        _ when type.StartsWith("decimal", StringComparison.Ordinal) => "sc:Number",
        _ => "sc:Text",
    };
}
