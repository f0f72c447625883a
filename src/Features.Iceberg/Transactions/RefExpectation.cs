namespace Features.Iceberg.Transactions;

/// <summary>What the setter of a branch or tag takes for granted.</summary>
public enum RefExpectation
{
    /// <summary>Nothing: it is made or moved.</summary>
    Any = 0,
    /// <summary>It is made: one of the name is an error.</summary>
    Absent = 1,
    /// <summary>It is moved or removed: it must be there.</summary>
    Present = 2,
}
