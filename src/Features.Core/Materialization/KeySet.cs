using System.IO.Hashing;

namespace Features.Core.Materialization;

/// <summary>Encoded keys, to be looked up by their bytes.</summary>
internal sealed class KeySet(IEnumerable<ReadOnlyMemory<byte>> keys)
{
    private readonly HashSet<ReadOnlyMemory<byte>> keys = new(keys, ByBytes.Instance);

    /// <summary>Where rows of these keys stand together: start and length of each run, in order.</summary>
    public IEnumerable<(int Start, int Length)> RunsIn(IReadOnlyList<ReadOnlyMemory<byte>?> rows)
    {
        var start = -1;
        for (var row = 0; row <= rows.Count; row++)
        {
            var isWanted = row < rows.Count && rows[row] is { } key && keys.Contains(key);
            if (isWanted && start < 0)
            {
                start = row;
            }
            else if (!isWanted && start >= 0)
            {
                yield return (start, row - start);
                start = -1;
            }
        }
    }

    private sealed class ByBytes : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public static ByBytes Instance { get; } = new();

        public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<byte> key) => (int)XxHash3.HashToUInt64(key.Span);
    }
}
