namespace Features.Flight.Client.Messages;

/// <summary>How a column's values lie in buffers (Arrow's columnar format, Physical memory layout).</summary>
internal enum ColumnKind
{
    /// <summary>No buffers.</summary>
    Null,

    /// <summary>Validity, values.</summary>
    FixedWidth,

    /// <summary>Validity, offsets of 32 bits, bytes.</summary>
    Variable,

    /// <summary>Validity, offsets of 64 bits, bytes.</summary>
    LargeVariable,

    /// <summary>Validity, offsets of 32 bits; one child.</summary>
    List,

    /// <summary>Validity, offsets of 64 bits; one child.</summary>
    LargeList,

    /// <summary>Validity; one child.</summary>
    FixedSizeList,

    /// <summary>Validity; children.</summary>
    Struct,
}
