using Apache.Arrow.Types;
using Features.Core.Definitions;

namespace Features.Core.PointInTime;

/// <summary>Which expressions can be features, and of what type the feature is. Integers come in two widths (32, 64 bits), as in a table.</summary>
internal static class FeatureTypes
{
    /// <summary>The feature's type.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="type">Its expression's type.</param>
    /// <param name="problem">Why it cannot be and what to do; null if it can.</param>
    /// <returns>The type; null with a problem.</returns>
    public static IArrowType? Of(Feature feature, IArrowType type, out string? problem)
    {
        problem = null;
        if (feature.Aggregate == Aggregate.Count)
        {
            return Int64Type.Default;
        }

        if (feature.Aggregate is null or Aggregate.First or Aggregate.Last && Storable(type) is null && Columns.ValueStore.TryCreate(type) is not null && type is not UInt64Type)
        {
            return type;
        }

        if (Storable(type) is not { } stored)
        {
            problem = $"the expression '{feature.Expression}' of feature '{feature.Name}' is of type {Name(type)}, which cannot be a feature; cast it to "
                + (type is TimestampType ? "TIMESTAMP (microseconds)" : "BIGINT, DOUBLE, BOOLEAN, VARCHAR, DATE or TIMESTAMP");
            return null;
        }

        if (feature.Aggregate is Aggregate.Sum or Aggregate.Avg && stored is (StringType or Date32Type or TimestampType))
        {
            problem = $"feature '{feature.Name}' takes the {feature.Aggregate.ToString()!.ToLowerInvariant()} of '{feature.Expression}', which is of type {Name(type)}; use a number or a condition";
            return null;
        }

        return feature.Aggregate switch
        {
            Aggregate.Avg => DoubleType.Default,
            Aggregate.Sum => stored is FloatType or DoubleType ? DoubleType.Default : Int64Type.Default,
            _ => stored,
        };
    }

    public static string Name(IArrowType type) => type switch
    {
        TimestampType timestamp => $"timestamp in {timestamp.Unit.ToString().ToLowerInvariant()}s",
        Decimal128Type @decimal => $"decimal({@decimal.Precision},{@decimal.Scale})",
        _ => type.Name,
    };

    private static IArrowType? Storable(IArrowType type) => type switch
    {
        Int8Type or Int16Type or Int32Type or UInt8Type or UInt16Type => Int32Type.Default,
        Int64Type or UInt32Type => Int64Type.Default,
        FloatType or DoubleType or BooleanType or StringType or Date32Type => type,
        TimestampType { Unit: TimeUnit.Microsecond } => type,
        _ => null,
    };
}
