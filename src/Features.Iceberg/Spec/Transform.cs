namespace Features.Iceberg.Spec;

/// <summary>The kinds of partition transforms ("Partition Transforms").</summary>
public enum TransformKind
{
    /// <summary>The value itself.</summary>
    Identity,
    /// <summary>Murmur3 hash modulo the width.</summary>
    Bucket,
    /// <summary>Truncated to the width.</summary>
    Truncate,
    /// <summary>Years since 1970.</summary>
    Year,
    /// <summary>Months since 1970-01.</summary>
    Month,
    /// <summary>Days since 1970-01-01.</summary>
    Day,
    /// <summary>Hours since 1970-01-01T00.</summary>
    Hour,
    /// <summary>Always null.</summary>
    Void,
    /// <summary>One that this version does not know: carried, never evaluated.</summary>
    Unknown,
}

/// <summary>A transform from a column's value to a partition or sort value. <paramref name="Width"/> holds for bucket and truncate; <paramref name="Text"/> keeps the written form of an unknown one.</summary>
public sealed partial record Transform(TransformKind Kind, int Width = 0, string? Text = null);
