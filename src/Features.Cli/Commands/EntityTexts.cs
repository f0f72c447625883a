using System.Globalization;
using Features.Cli.Output;
using Features.Core.Definitions;
using Features.Core.Online;

namespace Features.Cli.Commands;

/// <summary>Columns of an online request as the command line has them, <c>driver_id=1001,1002</c>: each text read as the type that the definitions give the column.</summary>
internal sealed class EntityTexts(DefinitionSet definitions, IReadOnlyList<string> features, string? service)
{
    private static readonly Dictionary<string, FeatureValue> Words = new() { ["true"] = FeatureValue.Of(true), ["false"] = FeatureValue.Of(false) };
    private readonly Dictionary<string, string> types = TypesOf(definitions, features, service);

    /// <summary>The columns; a request column of one value has it in every row.</summary>
    /// <exception cref="CliException">A text is no column, or a column is given twice.</exception>
    public IReadOnlyDictionary<string, IReadOnlyList<FeatureValue>> Read(IReadOnlyList<string> entities, IReadOnlyList<string> request)
    {
        var columns = new Dictionary<string, IReadOnlyList<FeatureValue>>();
        foreach (var text in entities)
        {
            Add(columns, "--entity", text, rows: null);
        }

        var rows = columns.First().Value.Count;
        foreach (var text in request)
        {
            Add(columns, "--request", text, rows);
        }

        return columns;
    }

    private void Add(Dictionary<string, IReadOnlyList<FeatureValue>> columns, string option, string text, int? rows)
    {
        if (text.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at))
        {
            throw new CliException(CliException.Usage, $"{option} {text} is no column; write NAME=value,value");
        }

        var name = text[..at];
        List<FeatureValue> values = [.. text[(at + 1)..].Split(',').Select(v => Value(name, v))];
        if (values.Count == 1 && rows > 1)
        {
            values = [.. Enumerable.Repeat(values[0], rows.Value)];
        }

        if (!columns.TryAdd(name, values))
        {
            throw new CliException(CliException.Usage, $"{option} gives '{name}' twice; give all its values at once, with commas");
        }
    }

    // Dates, times, decimals and UUIDs are taken from texts by who answers.
    private FeatureValue Value(string column, string text) => types.GetValueOrDefault(column) switch
    {
        _ when text == "null" => FeatureValue.Null,
        "int" or "long" => Integer(text) ?? FeatureValue.Of(text),
        "float" or "double" => Number(text) ?? FeatureValue.Of(text),
        "boolean" => Words.GetValueOrDefault(text, FeatureValue.Of(text)),
        null => Integer(text) ?? Number(text) ?? Words.GetValueOrDefault(text, FeatureValue.Of(text)),
        _ => FeatureValue.Of(text),
    };

    private static FeatureValue? Integer(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? FeatureValue.Of(value) : null;

    private static FeatureValue? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? FeatureValue.Of(value) : null;

    private static Dictionary<string, string> TypesOf(DefinitionSet definitions, IReadOnlyList<string> features, string? service)
    {
        var types = new Dictionary<string, string>();
        foreach (var key in definitions.Definitions.OfType<Entity>().SelectMany(e => e.Keys))
        {
            types.TryAdd(key.Name, key.Type);
        }

        foreach (var field in definitions.Definitions.OfType<OnDemandView>().SelectMany(v => v.Request))
        {
            types.TryAdd(field.Name, field.Type);
        }

        foreach (var reference in (service is null ? features : definitions.Find<FeatureService>(service)?.Features ?? []).Select(FeatureReference.TryParse).OfType<FeatureReference>())
        {
            var keys = definitions.Find<FeatureView>(reference.View) is { } view ? definitions.Find<Entity>(view.EntityName)?.Keys ?? [] : [];
            foreach (var (key, column) in reference.JoinKeys)
            {
                types[column] = keys.FirstOrDefault(k => k.Name == key)?.Type ?? "string";
            }
        }

        return types;
    }
}
