using System.Globalization;

namespace Features.Core.Skew;

/// <summary>
/// The files of a log as one process writes them. A file belongs to the process that began it and is never gone on with by another, so that half a line, which a process that was killed may leave, is always a file's last.
/// Not for concurrent use.
/// </summary>
internal sealed class AnswerFiles(string folder, AnswerLogOptions options, TimeProvider clock)
{
    public const string Pattern = "answers-*.jsonl";
    private const string MomentForm = "yyyyMMdd'T'HHmmss'.'fff'Z'";

    // Where a disk is full or a folder closed, trying at every answer helps nobody.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private FileStream? file;
    private DateTimeOffset began;
    private DateTimeOffset? abandoned;
    private int number;

    /// <summary>The files in the order in which they were begun.</summary>
    public static IReadOnlyList<string> In(string folder) => Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, Pattern).Order(StringComparer.Ordinal)] : [];

    /// <summary>Adds a line, to a new file if the present one has its size or age.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Append(ReadOnlyMemory<byte> line)
    {
        if (line.Length > options.MaxTotalBytes)
        {
            throw new IOException($"an answer of {line.Length} bytes is more than the log may hold ({options.MaxTotalBytes}); raise the bound or lower the share");
        }

        var now = clock.GetUtcNow();
        if (file is not null && (file.Length + line.Length > Math.Min(options.MaxFileBytes, options.MaxTotalBytes) || now - began >= options.MaxFileAge))
        {
            Close();
        }

        file ??= Begin(now, line.Length);
        file.Write(line.Span);
    }

    /// <summary>Hands what is buffered to the system, for others to read.</summary>
    public void Flush() => file?.Flush();

    /// <summary>Ends the present file.</summary>
    public void Close()
    {
        file?.Dispose();
        file = null;
    }

    /// <summary>Leaves the present file as it is, whatever stands in it, and takes a pause.</summary>
    public void Abandon()
    {
        abandoned = clock.GetUtcNow();
        try
        {
            Close();
        }
        catch (IOException)
        {
            // What is buffered does not fit; the stream is closed all the same.
            file = null;
        }
    }

    private FileStream Begin(DateTimeOffset now, int firstLine)
    {
        if (abandoned is { } since && now - since < Pause && now >= since)
        {
            throw new IOException($"'{folder}' could not be written a moment ago; make room or correct the permissions");
        }

        Directory.CreateDirectory(folder);
        RemoveOldest(firstLine);
        while (true)
        {
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"answers-{now.UtcDateTime.ToString(MomentForm, CultureInfo.InvariantCulture)}-{Environment.ProcessId}-{number++:D6}.jsonl"));
            try
            {
                (began, abandoned) = (now, null);
                return new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 1 << 16);
            }
            catch (IOException) when (File.Exists(path))
            {
                // A process of the same number was here before, within a millisecond of this clock.
            }
        }
    }

    // Room for a whole file is made, so that the bound holds until the next one is begun.
    private void RemoveOldest(int firstLine)
    {
        var room = options.MaxTotalBytes - Math.Max(firstLine, Math.Min(options.MaxFileBytes, options.MaxTotalBytes));
        var sizes = In(folder).Select(path => (Path: path, Bytes: new FileInfo(path) is { Exists: true } info ? info.Length : 0)).ToList();
        var total = sizes.Sum(s => s.Bytes);
        foreach (var (path, bytes) in sizes.TakeWhile(_ => total > room))
        {
            File.Delete(path);
            total -= bytes;
        }
    }
}
