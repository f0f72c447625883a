using System.Reflection;

namespace Features.Server.Workspaces;

/// <summary>The sample workspace (<c>samples/flights</c> and <c>samples/data</c>), carried in the assembly so that <c>features init</c> needs no network.</summary>
public static class WorkspaceTemplate
{
    private const string Prefix = "template/";
    private static readonly Assembly Carrier = typeof(WorkspaceTemplate).Assembly;

    /// <summary>Writes the template's files into a folder, and makes its landing folders. Files that stand already are left as they are.</summary>
    /// <param name="folder">The folder; made if missing.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>The files written, relative to the folder.</returns>
    public static async Task<IReadOnlyList<string>> WriteAsync(string folder, CancellationToken cancellationToken)
    {
        var written = new List<string>();
        foreach (var name in Carrier.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var relative = name[Prefix.Length..];
            var path = Path.Combine(folder, relative);
            if (File.Exists(path))
            {
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var source = Carrier.GetManifestResourceStream(name)!;
            await using var target = new FileStream(path, FileMode.CreateNew);
            await source.CopyToAsync(target, cancellationToken);
            written.Add(relative);
        }

        Directory.CreateDirectory(Path.Combine(folder, "landing", "flights"));
        Directory.CreateDirectory(Path.Combine(folder, "landing", "airports"));
        return written;
    }
}
