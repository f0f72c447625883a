namespace Features.Iceberg.Transactions;

/// <summary>How much of what others committed meanwhile a commit tolerates.</summary>
public enum IsolationLevel
{
    /// <summary>As if the operations had run one after the other: rows added meanwhile that the operation would have seen are a conflict too.</summary>
    Serializable = 0,
    /// <summary>The operation saw one snapshot: only changes of the very rows that it replaces are a conflict.</summary>
    Snapshot = 1,
}
