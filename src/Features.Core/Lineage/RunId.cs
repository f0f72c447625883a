namespace Features.Core.Lineage;

/// <summary>Run ids: UUIDs of version 7, so that they sort by time.</summary>
public static class RunId
{
    /// <summary>A new one.</summary>
    public static string New(TimeProvider clock) => Guid.CreateVersion7(clock.GetUtcNow()).ToString();
}
