using System.Globalization;
using System.IO.Hashing;

namespace Features.Core.Ingestion;

/// <summary>The version of a local file: what its content is. The same content dropped again is the same version.</summary>
public static class LocalETag
{
    /// <summary>XxHash128 of the content in lower-case hex, a dash, and the length in bytes.</summary>
    /// <exception cref="IOException">The file does not exist or cannot be read.</exception>
    public static async Task<string> OfAsync(string path, CancellationToken cancellationToken)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 128 << 10, FileOptions.Asynchronous | FileOptions.SequentialScan);
        await using (stream.ConfigureAwait(false))
        {
            var hash = new XxHash128();
            await hash.AppendAsync(stream, cancellationToken).ConfigureAwait(false);
            return string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(hash.GetCurrentHash())}-{stream.Length}");
        }
    }
}
