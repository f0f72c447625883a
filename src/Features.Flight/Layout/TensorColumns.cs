using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Flight.Cache;

namespace Features.Flight.Layout;

/// <summary>Which columns of a data set go into its tensor, and which stay beside it.</summary>
internal sealed record TensorColumns
{
    /// <summary>The column of the tensor.</summary>
    public const string Tensor = "features";

    /// <summary>The column that says which of the tensor's values were there.</summary>
    public const string Mask = "features_mask";

    /// <summary>The key of the tensor's field metadata under which its columns are named, as a JSON list.</summary>
    public const string ColumnsKey = "features.columns";

    private TensorColumns(IReadOnlyList<int> packed, IReadOnlyList<int> kept, Schema schema) => (Packed, Kept, Schema) = (packed, kept, schema);

    /// <summary>The columns of the tensor, in its order, as ordinals of the data set's schema.</summary>
    public IReadOnlyList<int> Packed { get; }

    /// <summary>The columns beside it, in the data set's order.</summary>
    public IReadOnlyList<int> Kept { get; }

    /// <summary>The tensor, its mask if there is one, and the columns beside it.</summary>
    public Schema Schema { get; }

    /// <summary>The columns of a data set's tensor: those that are named, or all of the role <see cref="ColumnRole.Feature"/>.</summary>
    /// <exception cref="FormatException">There is none, one does not exist or is not numeric, or a name or the fill cannot be; the message says which and what to do.</exception>
    public static TensorColumns Of(DatasetPlan dataset, TensorOptions options, IReadOnlyList<string>? named)
    {
        var fields = dataset.Schema.FieldsList;
        bool IsFeature(string name) => dataset.Roles.GetValueOrDefault(name) == ColumnRole.Feature;
        var names = named ?? [.. fields.Select(field => field.Name).Where(IsFeature)];
        Check(dataset, options, names);
        var kept = Enumerable.Range(0, fields.Count).Where(i => !names.Contains(fields[i].Name) && !IsFeature(fields[i].Name)).ToList();
        if (kept.Select(i => fields[i].Name).FirstOrDefault(name => name == Tensor || (options.Mask && name == Mask)) is { } taken)
        {
            throw new FormatException($"the column '{taken}' of the data set '{dataset.Name}' has the name of what the tensor layout makes; rename it in the data set, or ask for the layout 'columns'");
        }

        var metadata = new Dictionary<string, string> { [ColumnsKey] = JsonSerializer.Serialize(names) };
        IArrowType item = options.Type == TensorType.Float16 ? HalfFloatType.Default : FloatType.Default;
        var made = new List<Field> { Field(Tensor, item, names.Count, metadata) };
        if (options.Mask)
        {
            made.Add(Field(Mask, UInt8Type.Default, names.Count, metadata));
        }

        var schema = new Schema(made.Concat(kept.Select(i => fields[i])), dataset.Schema.Metadata);
        return new TensorColumns([.. names.Select(name => Enumerable.Range(0, fields.Count).First(i => fields[i].Name == name))], kept, schema);
    }

    private static void Check(DatasetPlan dataset, TensorOptions options, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            throw new FormatException($"the data set '{dataset.Name}' has no features to pack into a tensor; name its numeric columns in 'columns', or ask for the layout 'columns'");
        }

        if (names.Count != names.Distinct().Count())
        {
            throw new FormatException($"the tensor of the data set '{dataset.Name}' names the column '{names.GroupBy(name => name).First(same => same.Count() > 1).Key}' twice; name it once");
        }

        var types = dataset.Schema.FieldsList.ToDictionary(field => field.Name, field => field.DataType);
        foreach (var name in names)
        {
            if (!types.TryGetValue(name, out var type))
            {
                throw new FormatException($"the data set '{dataset.Name}' has no column '{name}' to pack into a tensor");
            }

            if (!TensorValues.CanPack(type))
            {
                throw new FormatException(
                    $"the feature '{name}' of the data set '{dataset.Name}' is of the type '{type.Name}' and cannot be packed into a tensor; "
                    + "leave it out of 'columns', encode it as a number in the data set's transformations, or ask for the layout 'columns'");
            }
        }

        if (options.Type == TensorType.Float16 && float.IsFinite(options.Fill) && !Half.IsFinite((Half)options.Fill))
        {
            throw new FormatException($"the fill {options.Fill} is out of the range of float16; use one within ±65504, or float32");
        }
    }

    private static Field Field(string name, IArrowType item, int size, Dictionary<string, string> columns) => new(
        name,
        new FixedSizeListType(new Field("item", item, nullable: false), size),
        nullable: false,
        new Dictionary<string, string>(columns) { ["ARROW:extension:name"] = "arrow.fixed_shape_tensor", ["ARROW:extension:metadata"] = $"{{\"shape\":[{size}]}}" });
}
