namespace Features.Core.Materialization;

/// <summary>How a view is brought to its source's snapshot.</summary>
public enum MaterializationMode
{
    /// <summary>It is there already.</summary>
    Unchanged,

    /// <summary>Rows were only added; they are added.</summary>
    Append,

    /// <summary>Rows were also removed or changed: keys of which any row differs are put again, with all their rows.</summary>
    Keys,

    /// <summary>All rows are read into a new generation, which answers when it is whole.</summary>
    Full,
}
