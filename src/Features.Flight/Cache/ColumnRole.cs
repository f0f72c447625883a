namespace Features.Flight.Cache;

/// <summary>What a column is for.</summary>
public enum ColumnRole
{
    /// <summary>None of the others: served, and never packed into a tensor.</summary>
    Other,

    /// <summary>An input of a model.</summary>
    Feature,

    /// <summary>What a model learns.</summary>
    Label,

    /// <summary>A sample's weight.</summary>
    Weight,

    /// <summary>A part of what names a sample.</summary>
    Key,

    /// <summary>A sample's moment.</summary>
    Time,

    /// <summary>The part of a split that a sample belongs to.</summary>
    Split,
}
