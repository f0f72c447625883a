namespace Features.Core.PointInTime.Spill;

/// <summary>A folder for what does not fit in memory; made when first needed, removed when disposed.</summary>
internal sealed class SpillFolder(string parent) : IDisposable
{
    private string? path;
    private int files;

    /// <summary>A path for a new file.</summary>
    public string NewPath()
    {
        if (path is null)
        {
            Directory.CreateDirectory(parent);
            path = Path.Combine(Path.GetFullPath(parent), $"features-join-{Path.GetRandomFileName()}");
            Directory.CreateDirectory(path);
        }

        return Path.Combine(path, $"{++files}.arrows");
    }

    public void Dispose()
    {
        if (path is not null && Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }
}
