using System.Text;

namespace Features.Iceberg.FaultHost;

/// <summary>What a writer set out to do and what came of it, a line each, on disk before it goes on: a writer that is killed has said what it was at.</summary>
public static class WriterLog
{
    /// <summary>The line of an operation that has begun.</summary>
    public const string Begun = "begun";

    /// <summary>The file of a writer.</summary>
    public static string PathOf(string folder, string writer) => Path.Combine(folder, $"writer-{writer}.log");

    /// <summary>Adds a line.</summary>
    public static void Write(string path, string tag, string outcome)
    {
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        file.Write(Encoding.UTF8.GetBytes($"{tag} {outcome}\n"));
        file.Flush(flushToDisk: true);
    }

    /// <summary>The last word on each operation, in the order in which they began.</summary>
    public static IReadOnlyList<(string Tag, string Outcome)> Read(string path) => !File.Exists(path) ? [] :
        [.. File.ReadLines(path).Select(l => l.Split(' ')).GroupBy(l => l[0]).Select(g => (g.Key, g.Last()[1]))];
}
