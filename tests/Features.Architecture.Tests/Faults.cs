namespace Features.Architecture.Tests;

internal static class Faults
{
    /// <summary>Fails with every fault on a line of its own; the runner's own message would cut each one short.</summary>
    public static void AreNone(IEnumerable<string> faults)
    {
        var found = faults.ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }
}
