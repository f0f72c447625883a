using System.Text.Json.Nodes;
using Features.Core.Engine;

namespace Features.Core.Lineage;

/// <summary>Where an output's columns come from, dataset by dataset.</summary>
/// <param name="Columns">Each output column with its direct inputs.</param>
/// <param name="Indirect">Inputs that decide which rows come out.</param>
public sealed record ColumnLineage(IReadOnlyList<LineageField> Columns, IReadOnlyList<IndirectField> Indirect)
{
    /// <summary>Names the datasets behind a SELECT's relations. Inputs whose relation is not in <paramref name="datasets"/> are left out.</summary>
    /// <param name="columns">The outputs (<see cref="SelectLineage"/> resolves a SELECT's).</param>
    /// <param name="indirect">The SELECT's indirect inputs.</param>
    /// <param name="datasets">Relation, as written in the SQL, to the dataset's namespace and name. A SELECT over one relation may leave it out: then there is one entry.</param>
    public static ColumnLineage Over(
        IReadOnlyList<OutputColumn> columns, IReadOnlyList<IndirectInput> indirect, IReadOnlyDictionary<string, (string Namespace, string Name)> datasets)
    {
        (string Namespace, string Name)? Find(string? relation) => relation is not null && datasets.TryGetValue(relation, out var found) ? found
            : datasets.Count == 1 ? datasets.Values.First()
            : null;

        return new ColumnLineage(
            [.. columns.Where(c => c.Name is not null).Select(c => new LineageField(
                c.Name!,
                [.. c.Inputs.Select(i => (Input: i, Dataset: Find(i.Relation))).Where(i => i.Dataset is not null).Select(i => new DirectField(i.Dataset!.Value.Namespace, i.Dataset.Value.Name, i.Input.Column, i.Input.Derivation))]))],
            [.. indirect.Select(i => (Input: i, Dataset: Find(i.Relation))).Where(i => i.Dataset is not null).Select(i => new IndirectField(i.Dataset!.Value.Namespace, i.Dataset.Value.Name, i.Input.Column, i.Input.Kind))]);
    }

    internal JsonObject ToJson()
    {
        var fields = new JsonObject();
        foreach (var column in Columns)
        {
            fields[column.Name] = new JsonObject
            {
                ["inputFields"] = new JsonArray([.. column.Inputs.Select(i => Field(i.Namespace, i.Dataset, i.Field, "DIRECT", i.Derivation.ToString().ToUpperInvariant()))]),
            };
        }

        return new()
        {
            ["fields"] = fields,
            ["dataset"] = new JsonArray([.. Indirect.Select(i => Field(i.Namespace, i.Dataset, i.Field, "INDIRECT", i.Kind))]),
        };
    }

    private static JsonObject Field(string space, string name, string field, string type, string subtype) => new()
    {
        ["namespace"] = space,
        ["name"] = name,
        ["field"] = field,
        ["transformations"] = new JsonArray(new JsonObject { ["type"] = type, ["subtype"] = subtype, ["masking"] = false }),
    };
}

/// <summary>An output column and its direct inputs.</summary>
public sealed record LineageField(string Name, IReadOnlyList<DirectField> Inputs);

/// <summary>A column of a dataset that a value was made from.</summary>
public sealed record DirectField(string Namespace, string Dataset, string Field, Derivation Derivation);

/// <summary>A column of a dataset that decides about rows; <paramref name="Kind"/> as in <see cref="IndirectInput"/>.</summary>
public sealed record IndirectField(string Namespace, string Dataset, string Field, string Kind);
