using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Features.Core.Definitions.Yaml;

/// <summary>
/// A contract as an Open Data Contract Standard v3.1 document. Its one schema object gives the columns; <c>physicalType</c> counts where it is an Iceberg type, else <c>logicalType</c>;
/// <c>classification</c> becomes the tag sensitivity. Quality that can be checked a row at a time becomes a rule. Keys of the standard that carry nothing here (servers, price, team, …) are left
/// alone: they are for the standard's own schema to check.
/// </summary>
internal static partial class OdcsContract
{
    public const string Kind = "DataContract";

    private static readonly Dictionary<string, string> LogicalTypes = new()
    {
        ["string"] = "string", ["integer"] = "long", ["number"] = "double", ["boolean"] = "boolean", ["date"] = "date", ["timestamp"] = "timestamp", ["time"] = "time",
    };

    public static Contract? Read(YamlMappingNode node, YamlFaults faults)
    {
        var before = faults.All.Count;
        var outline = new YamlMap(node, Kind, faults);
        var name = outline.OptionalText("name") ?? outline.Text("id");
        var map = new YamlMap(node, $"{Kind} '{name}'", faults);
        if (!DocumentReader.Name().IsMatch(name))
        {
            map.Fault(map.Has("name") ? "name" : "id", $"'{name}' is no name to refer to", "add name: with lower-case letters, digits and underscores, and a letter first");
        }

        if (!map.Text("apiVersion").StartsWith("v3.", StringComparison.Ordinal))
        {
            map.Fault("apiVersion", "only version 3 of the standard is read", "convert the contract to apiVersion: v3.1.0");
        }

        _ = map.Text("status");
        var rules = new List<QualityRule>();
        var columns = map.Maps("schema", "schema", s => ReadColumns(s, rules), isRequired: true);
        if (columns.Count > 1)
        {
            map.Fault("schema", $"it describes {columns.Count} objects", "keep one schema object; write one contract for each");
        }

        return faults.All.Count > before ? null : new Contract(name) { Version = map.Text("version"), Columns = columns[0], Rules = rules };
    }

    private static List<ContractColumn> ReadColumns(YamlMap schema, List<QualityRule> rules)
    {
        var columns = schema.Maps("properties", "property", p => ReadColumn(p, rules), isRequired: true);
        ReadQuality(schema, schema.OptionalText("name") ?? "row", null, rules);
        IgnoreTheRest(schema);
        return [.. columns];
    }

    private static ContractColumn? ReadColumn(YamlMap property, List<QualityRule> rules)
    {
        var name = property.Text("name");
        var logical = property.OptionalText("logicalType");
        var physical = property.OptionalText("physicalType");
        var type = physical is not null && ColumnTypes.IsColumnType(physical) ? physical : logical is null ? null : LogicalTypes.GetValueOrDefault(logical);
        if (type is null)
        {
            property.Fault(logical is null ? "name" : "logicalType", $"column '{name}' has no type that a row of a table can hold", $"give logicalType as one of {string.Join(", ", LogicalTypes.Keys)}");
        }

        var classification = property.OptionalText("classification");
        var isRequired = property.Flag("required") | property.Flag("primaryKey");
        ReadQuality(property, name, name, rules);
        IgnoreTheRest(property);
        return new ContractColumn(name, type ?? "string", isRequired)
        {
            Tags = classification is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["sensitivity"] = classification },
        };
    }

    private static void ReadQuality(YamlMap owner, string ownerName, string? column, List<QualityRule> rules)
    {
        var number = 0;
        owner.Maps<YamlMap>("quality", "quality", check =>
        {
            number++;
            var id = check.OptionalText("id") ?? check.OptionalText("name") ?? $"{ownerName}_{number}";
            if (check.OptionalText("type") is "text")
            {
                // Prose for people: there is nothing to check.
            }
            else if (check.OptionalText("mustBe") != "0" || Condition(check, column) is not { } condition)
            {
                check.Fault(check.Node, $"the quality check '{id}' cannot be made a row at a time", "write type: sql with query: SELECT COUNT(*) FROM {object} WHERE <the rows that are bad> and mustBe: 0");
            }
            else
            {
                rules.Add(new QualityRule(id, condition));
            }

            IgnoreTheRest(check);
            return check;
        });
    }

    /// <summary>What every good row keeps: that it is none of the rows which the check counts.</summary>
    private static string? Condition(YamlMap check, string? column)
    {
        var quoted = column is null ? null : $"\"{column.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
        if (check.OptionalText("type") is null or "library")
        {
            return check.OptionalText("metric") == "nullValues" && quoted is not null ? $"{quoted} IS NOT NULL" : null;
        }

        var match = CountOfBadRows().Match(check.OptionalText("query") ?? "");
        return check.OptionalText("type") == "sql" && match.Success
            ? $"({PropertyPlaceholder().Replace(match.Groups[1].Value.Trim(), quoted ?? "$0")}) IS NOT TRUE"
            : null;
    }

    private static void IgnoreTheRest(YamlMap map) => map.Ignore([.. map.Node.Children.Keys.OfType<YamlScalarNode>().Select(k => k.Value!)]);

    [GeneratedRegex(@"^\s*SELECT\s+COUNT\s*\(\s*\*\s*\)\s+FROM\s+\S+\s+WHERE\s+(.*?);?\s*$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex CountOfBadRows();

    [GeneratedRegex(@"\$?\{(?:property|column)\}")]
    private static partial Regex PropertyPlaceholder();
}
