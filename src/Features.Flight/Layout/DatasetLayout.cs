namespace Features.Flight.Layout;

/// <summary>How rows lie in memory and on the wire.</summary>
public enum DatasetLayout
{
    /// <summary><c>columns</c>: as the data set has them.</summary>
    Columns,

    /// <summary><c>tensor</c>: numeric features packed row by row into one <c>arrow.fixed_shape_tensor</c> column, the others beside it.</summary>
    Tensor,
}
