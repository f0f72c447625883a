using System.Collections.Concurrent;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace Features.Flight.Client.Messages;

/// <summary>What every record batch message of a stream looks like.</summary>
internal sealed class SchemaShape
{
    private readonly ConcurrentDictionary<ColumnShape, IReadOnlyList<string>> packed = new();

    /// <exception cref="InvalidDataException">A column has a type that this client does not read.</exception>
    public SchemaShape(Schema schema)
    {
        Schema = schema;
        (Columns, Nodes, Buffers) = ColumnShape.Of(schema.FieldsList);
        if (Columns.SelectMany(Descendants).FirstOrDefault(column => column.Field.DataType is DictionaryType) is { } dictionary)
        {
            // Dictionaries are sent decoded: a job that reads rows in any order has no use for batches that depend on earlier ones.
            throw new InvalidDataException($"the column '{dictionary.Field.Name}' is dictionary-encoded, which this client does not read; have it sent decoded, or leave it out of the request");
        }
    }

    public Schema Schema { get; }

    public ColumnShape[] Columns { get; }

    public int Nodes { get; }

    public int Buffers { get; }

    /// <summary>The column of a name; null if there is none.</summary>
    public ColumnShape? Find(string name)
    {
        foreach (var column in Columns)
        {
            if (column.Field.Name == name)
            {
                return column;
            }
        }

        return null;
    }

    /// <summary>The names of the columns that a tensor packs (<c>features.columns</c> of its metadata); empty if it does not say.</summary>
    public IReadOnlyList<string> PackedColumns(ColumnShape tensor) => packed.GetOrAdd(tensor, static column =>
    {
        try
        {
            return column.Field.Metadata?.TryGetValue("features.columns", out var names) == true ? JsonSerializer.Deserialize<string[]>(names) ?? [] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    });

    private static IEnumerable<ColumnShape> Descendants(ColumnShape column) => column.Children.SelectMany(Descendants).Prepend(column);
}
