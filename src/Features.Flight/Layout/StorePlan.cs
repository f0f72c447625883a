using System.Globalization;
using Apache.Arrow;
using Features.Flight.Cache;

namespace Features.Flight.Layout;

/// <summary>A pinned data set as it will lie in memory. Equal keys, equal bytes.</summary>
/// <param name="Dataset">The data set.</param>
/// <param name="Tensor">How features are packed; null for the layout of columns.</param>
/// <param name="Features">The features to pack, in order; null for all numeric ones of the data set. Without meaning for the layout of columns.</param>
public sealed record StorePlan(DatasetPlan Dataset, TensorOptions? Tensor = null, IReadOnlyList<string>? Features = null)
{
    /// <summary>The layout.</summary>
    public DatasetLayout Layout => Tensor is null ? DatasetLayout.Columns : DatasetLayout.Tensor;

    /// <summary>The columns as they are stored and served.</summary>
    /// <exception cref="FormatException">On construction, in the layout of tensors: a feature cannot be packed; the message says which and what to do.</exception>
    public Schema Schema => Packing?.Schema ?? Plain;

    /// <summary>What tells it from every other one.</summary>
    public string Key { get; } = string.Join('\n', Parts(Dataset, Tensor, Features).Select(part => part is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{part.Length}:{part}")));

    /// <summary>What goes into the tensor; null for the layout of columns.</summary>
    internal TensorColumns? Packing { get; } = Tensor is null ? null : TensorColumns.Of(Dataset with { Schema = PlainColumns.Of(Dataset.Schema) }, Tensor, Features);

    /// <summary>The data set's columns with plain types, as they are laid out or packed.</summary>
    internal Schema Plain { get; } = PlainColumns.Of(Dataset.Schema);

    /// <inheritdoc/>
    public bool Equals(StorePlan? other) => other is not null && Key == other.Key;

    /// <inheritdoc/>
    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);

    private static IEnumerable<string?> Parts(DatasetPlan dataset, TensorOptions? tensor, IReadOnlyList<string>? features) =>
    [
        dataset.Name,
        dataset.Digest,
        dataset.Outcome,
        dataset.Table?.Snapshot?.ToString(CultureInfo.InvariantCulture),
        dataset.Filter,
        string.Join('\n', dataset.Schema.FieldsList.Select(field => field.Name)),
        tensor?.Type.ToString(),
        tensor?.Fill.ToString("R", CultureInfo.InvariantCulture),
        tensor?.Mask.ToString(),
        .. tensor is null ? [] : features ?? [],
    ];
}
