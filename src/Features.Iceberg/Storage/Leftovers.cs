namespace Features.Iceberg.Storage;

/// <summary>Files that nothing refers to.</summary>
internal static class Leftovers
{
    /// <summary>
    /// Removes them, as far as the store lets it; one that stays is an orphan. Nothing that a store throws comes out: what the caller must see is how the work went that left them, and a commit that
    /// stands, taken for a failure, would lose its files.
    /// </summary>
    public static async Task RemoveAsync(IObjectStore storage, IEnumerable<string> locations)
    {
        foreach (var location in locations)
        {
            try
            {
                await storage.DeleteAsync(location, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // As said above.
            }
        }
    }
}
