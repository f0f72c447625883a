using System.Globalization;
using Apache.Arrow.Types;
using Features.Core.Definitions.Yaml;
using Features.Core.PointInTime;

namespace Features.Core.Definitions.Checking;

/// <summary>Which columns a transformation can read, and of what type its output is.</summary>
internal static class TransformationTypes
{
    /// <summary>Why a column of this type cannot be transformed so; null if it can.</summary>
    public static string? Problem(Transformation transformation, IArrowType type)
    {
        var needsNumbers = transformation.Kind is TransformationKind.Standardize or TransformationKind.MinMax or TransformationKind.Quantile
            || transformation.By is Imputation.Mean or Imputation.Median;
        if (needsNumbers && !IsNumber(type))
        {
            var what = transformation.By is { } by ? $"{Choice.Name(transformation.Kind)} by {Choice.Name(by)}" : Choice.Name(transformation.Kind);
            return $"{what} needs numbers, and '{transformation.Column}' is of type {FeatureTypes.Name(type)}";
        }

        return transformation.Value is { } value && !Reads(value, type) ? $"'{value}' is no value of '{transformation.Column}', which is of type {FeatureTypes.Name(type)}" : null;
    }

    public static IArrowType Output(Transformation transformation, IArrowType type) => transformation.Kind switch
    {
        TransformationKind.Standardize or TransformationKind.MinMax => DoubleType.Default,
        TransformationKind.Impute => type,
        _ => Int32Type.Default,
    };

    private static bool IsNumber(IArrowType type) => type is Int8Type or Int16Type or Int32Type or Int64Type or UInt8Type or UInt16Type or UInt32Type or UInt64Type or FloatType or DoubleType or Decimal128Type;

    private static bool Reads(string value, IArrowType type) => type switch
    {
        Int8Type or Int16Type or Int32Type => int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        Int64Type => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        FloatType or DoubleType => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _),
        BooleanType => value is "true" or "false",
        Date32Type => DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        TimestampType => Moments.TryParse(value) is not null,
        _ => true,
    };
}
