using Features.Iceberg;
using Features.Iceberg.Scans;
using Features.Iceberg.Storage;

namespace Features.DuckDb.Scans;

/// <summary>A data file and where it lies on this machine.</summary>
internal sealed record LocalDataFile(FileScanTask Task, string Path);

/// <summary>The data files of tasks, held on this machine until disposed.</summary>
internal sealed class LeasedFiles : IDisposable
{
    private readonly List<LocalFile> leases = [];

    /// <summary>The files, in the order of their tasks.</summary>
    internal List<LocalDataFile> Files { get; } = [];

    /// <exception cref="UnsupportedFeatureException">A file is no Parquet file.</exception>
    /// <exception cref="NotFoundException">A file does not exist.</exception>
    internal static async Task<LeasedFiles> FetchAsync(ILocalFiles local, IReadOnlyList<FileScanTask> tasks, CancellationToken cancellationToken)
    {
        var leased = new LeasedFiles();
        try
        {
            foreach (var task in tasks)
            {
                if (!task.File.FileFormat.Equals("PARQUET", StringComparison.OrdinalIgnoreCase))
                {
                    throw new UnsupportedFeatureException($"file format {task.File.FileFormat}", task.Location, "rewrite the table's files as Parquet with the engine that wrote them");
                }

                var file = await local.FetchAsync(task.Location, cancellationToken).ConfigureAwait(false);
                leased.leases.Add(file);
                leased.Files.Add(new(task, file.Path));
            }

            return leased;
        }
        catch
        {
            leased.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        leases.ForEach(l => l.Dispose());
        leases.Clear();
    }
}
