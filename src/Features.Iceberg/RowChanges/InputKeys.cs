using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using Apache.Arrow;
using Features.Iceberg.Scans;
using Features.Iceberg.Spec;

namespace Features.Iceberg.RowChanges;

/// <summary>The keys of an upsert's rows, all that is held of them: each with a hash of its row, and what the table was found to have under it.</summary>
internal sealed class InputKeys(KeyColumns columns)
{
    // More would make the filter dearer than what it spares.
    private const int MostValuesOfAnIn = 200;

    private readonly Dictionary<byte[], int> places = new(BytesComparer.Instance);
    private readonly List<UInt128> hashes = [];
    private readonly List<State> states = [];
    private readonly RowHash rowHash = new();
    private readonly (object Lower, object Upper)?[] bounds = new (object, object)?[columns.Paths.Count];
    private readonly HashSet<object>? values = columns.Paths.Count == 1 && columns.Paths[0].Column.Type is PrimitiveType { Kind: not (PrimitiveKind.Binary or PrimitiveKind.Fixed) } ? [] : null;

    [Flags]
    private enum State : byte
    {
        None = 0,
        Matched = 1,
        Unchanged = 2,
    }

    public int Count => places.Count;

    /// <summary>Keys that the table has, with other values than the input's.</summary>
    public int Updated => states.Count(s => s == State.Matched);

    /// <summary>Keys that the table has, with the input's values.</summary>
    public int Unchanged => states.Count(s => s.HasFlag(State.Unchanged));

    /// <summary>Takes in the rows of a batch of the table's columns.</summary>
    /// <exception cref="InvalidTableArgumentException">A key is null, or came before; the message names it.</exception>
    public void Add(RecordBatch batch)
    {
        var keys = columns.In(batch);
        IArrowArray[] arrays = [.. batch.Arrays];
        for (var row = 0; row < batch.Length; row++)
        {
            if (columns.HasNull(batch, row))
            {
                throw new InvalidTableArgumentException($"a row to upsert has no key: {columns.Describe(batch, row)}; a key may not be null");
            }

            if (!places.TryAdd(keys.At(row).ToArray(), hashes.Count))
            {
                throw new InvalidTableArgumentException($"two rows to upsert have the same key: {columns.Describe(batch, row)}; give each key once");
            }

            hashes.Add(rowHash.Of(arrays, row));
            states.Add(State.None);
        }

        Widen(batch);
    }

    /// <summary>True if the input has a row of this key.</summary>
    public bool Contains(ReadOnlySpan<byte> key) => places.GetAlternateLookup<ReadOnlySpan<byte>>().ContainsKey(key);

    /// <summary>True if the input has the same row, and so the table's is left alone and the input's need not be written.</summary>
    public bool IsUnchanged(ReadOnlySpan<byte> key) => places.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var place) && states[place].HasFlag(State.Unchanged);

    /// <summary>Meets a row of the table: true if it is to go because the input has another of its key, or because this one was met before.</summary>
    public bool Replaces(ReadOnlySpan<byte> key, IReadOnlyList<IArrowArray> row, int index)
    {
        if (!places.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(key, out var place))
        {
            return false;
        }

        var isSame = !states[place].HasFlag(State.Unchanged) && hashes[place] == rowHash.Of(row, index);
        states[place] |= State.Matched | (isSame ? State.Unchanged : State.None);
        return !isSame;
    }

    /// <summary>A filter that every row with one of the keys matches.</summary>
    public Filter Filter()
    {
        if (values is { Count: > 0 and <= MostValuesOfAnIn })
        {
            return Scans.Filter.Compare(KeyColumns.NameOf(columns.Paths[0]), Comparison.In, [.. values]);
        }

        var filter = Scans.Filter.True;
        for (var i = 0; i < bounds.Length; i++)
        {
            if (bounds[i] is var (lower, upper))
            {
                var name = KeyColumns.NameOf(columns.Paths[i]);
                filter = filter.And(Scans.Filter.Compare(name, Comparison.GreaterOrEqual, lower)).And(Scans.Filter.Compare(name, Comparison.LessOrEqual, upper));
            }
        }

        return filter;
    }

    private void Widen(RecordBatch batch)
    {
        for (var i = 0; i < bounds.Length; i++)
        {
            var path = columns.Paths[i];
            var (arrays, type) = (path.Arrays(batch), (PrimitiveType)path.Column.Type);
            for (var row = 0; row < batch.Length; row++)
            {
                var value = path.At(arrays, row)!;
                bounds[i] = bounds[i] is not var (lower, upper)
                    ? (value, value)
                    : (SingleValue.Compare(value, lower, type) < 0 ? value : lower, SingleValue.Compare(value, upper, type) > 0 ? value : upper);
                if (values is { Count: <= MostValuesOfAnIn })
                {
                    values.Add(value);
                }
            }
        }
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static BytesComparer Instance { get; } = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => unchecked((int)XxHash3.HashToUInt64(alternate));

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }
}
