using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;

namespace Features.Core.Transformations;

/// <summary>A column for each value that was kept: 1 where it is the value, else 0. A value that is not among them, and null, have 0 in all.</summary>
public sealed class FittedOneHot : FittedTransformation
{
    private readonly Dictionary<ValueKey, int> places;

    internal FittedOneHot(string column, IArrowType input, string output, long count, IReadOnlyList<ValueKey> keys)
        : base(column, input, [.. NamesOf(output, keys, input).Select(name => new Field(name, Int32Type.Default, nullable: true))], count)
    {
        (Prefix, Keys) = (output, keys);
        places = keys.Select((key, i) => (key, i)).ToDictionary(p => p.key, p => p.i);
    }

    /// <inheritdoc/>
    public override TransformationKind Kind => TransformationKind.OneHot;

    /// <summary>The values, in the order of the columns: the most frequent first, equally frequent ones in ascending order.</summary>
    public IReadOnlyList<object> Values => [.. Keys.Select(k => ScalarValue.Value(k, Input))];

    /// <summary>What the columns' names begin with, before <c>__VALUE</c>.</summary>
    public string Prefix { get; }

    internal IReadOnlyList<ValueKey> Keys { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<object?> Apply(object? value)
    {
        var place = value is null ? -1 : PlaceOf(ScalarValue.Key(value, Input, Column));
        return [.. Keys.Select((_, i) => (object?)(i == place ? 1 : 0))];
    }

    internal override IReadOnlyList<IArrowArray> ApplyTo(IArrowArray column)
    {
        var keys = ValueKey.Of(column);
        var columns = Keys.Select(_ => new int[column.Length]).ToList();
        for (var i = 0; i < column.Length; i++)
        {
            if (!column.IsNull(i) && PlaceOf(keys(i)) is >= 0 and var place)
            {
                columns[place][i] = 1;
            }
        }

        return [.. columns.Select(c => new Int32Array.Builder().AppendRange(c).Build())];
    }

    private int PlaceOf(ValueKey key) => places.TryGetValue(key, out var place) ? place : -1;

    /// <summary>Names that differ by more than case: two that do not get their place as well.</summary>
    private static List<string> NamesOf(string prefix, IReadOnlyList<ValueKey> keys, IArrowType type)
    {
        var names = new List<string>();
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var key in keys)
        {
            var name = $"{prefix}__{ScalarValue.Text(key, type)}";
            while (!taken.Add(name))
            {
                name = $"{name}__{names.Count + 1}";
            }

            names.Add(name);
        }

        return names;
    }
}
