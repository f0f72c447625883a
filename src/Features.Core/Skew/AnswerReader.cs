using System.Runtime.CompilerServices;

namespace Features.Core.Skew;

/// <summary>Reads the answers of a log, file by file in the order in which they were begun, line by line; also while they are written.</summary>
internal sealed class AnswerReader(string folder)
{
    /// <summary>Whole lines that could not be read; what a file ends with and is no line yet does not count.</summary>
    public long Unreadable { get; private set; }

    public async IAsyncEnumerable<LoggedAnswer> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var path in AnswerFiles.In(folder))
        {
            if (TryOpen(path) is not { } file)
            {
                continue;
            }

            await using (file.ConfigureAwait(false))
            {
                await foreach (var line in LinesAsync(file, cancellationToken).ConfigureAwait(false))
                {
                    if (LoggedAnswerJson.TryRead(line) is { } answer)
                    {
                        yield return answer;
                    }
                    else
                    {
                        Unreadable++;
                    }
                }
            }
        }
    }

    /// <summary>The lines that have an end; each lives until the next is asked for.</summary>
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync(FileStream file, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (buffer, start, end) = (new byte[1 << 16], 0, 0);
        while (true)
        {
            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                (start, end) = (0, end - start);
            }

            if (end == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var read = await file.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                yield break;
            }

            end += read;
            while (buffer.AsSpan(start, end - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                yield return buffer.AsMemory(start, length);
                start += length + 1;
            }
        }
    }

    private static FileStream? TryOpen(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 1);
        }
        catch (FileNotFoundException)
        {
            // It was among the oldest, and went meanwhile.
            return null;
        }
    }
}
