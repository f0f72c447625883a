using System.IO.Hashing;
using System.Text;
using Apache.Arrow;
using Apache.Arrow.Arrays;

namespace Features.Core.TrainingSets.Statistics;

/// <summary>
/// A column of texts or bytes. Values are known by their hash of 128 bits. As long as they are few each is counted; then the counts of the less frequent half give way (Misra and Gries, 1982), and the
/// most that a count may have lost is kept.
/// </summary>
internal sealed class BytesAccumulator(string name, ColumnKind kind) : ColumnAccumulator(name, kind)
{
    private const int ShownCharacters = 64;

    private readonly DistinctSketch distinct = new();
    private readonly Dictionary<UInt128, Entry> counts = [];
    private readonly bool isText = kind == ColumnKind.Text;
    private long lost;
    private bool isExact = true;

    private delegate ReadOnlySpan<byte> Bytes(int row);

    protected override void AppendValues(IArrowArray array, ReadOnlySpan<int> valid)
    {
        Bytes bytes = array switch
        {
            BinaryArray a => row => a.GetBytes(row),
            LargeBinaryArray a => row => a.GetBytes(row),
            BinaryViewArray a => row => a.GetBytes(row),
            FixedSizeBinaryArray a => row => a.GetBytes(row),
            _ => throw new ArgumentException($"an array of type {array.Data.DataType.Name} holds no bytes", nameof(array)),
        };
        foreach (var row in valid)
        {
            Append(bytes(row));
        }
    }

    protected override ColumnStatistics Describe(ColumnStatistics counted)
    {
        counted = counted with { Distinct = isExact ? new DistinctCount(counts.Count, true) : new DistinctCount(distinct.Estimate(), false) };
        return isText && counts.Count > 0 ? counted with { Top = Top() } : counted;
    }

    private void Append(ReadOnlySpan<byte> value)
    {
        var hash = XxHash128.HashToUInt128(value);
        if (!isExact)
        {
            distinct.Add((ulong)hash);
        }

        if (counts.TryGetValue(hash, out var entry))
        {
            entry.Count++;
            return;
        }

        counts.Add(hash, new Entry(isText ? Shown(value) : "") { Count = 1 });
        if (counts.Count > StatisticsAccumulator.ExactValues)
        {
            if (isExact)
            {
                isExact = false;
                foreach (var known in counts.Keys)
                {
                    distinct.Add((ulong)known);
                }
            }

            GiveWay();
        }
    }

    private void GiveWay()
    {
        var by = counts.Values.Select(e => e.Count).Order().ElementAt(counts.Count / 2);
        lost += by;
        foreach (var (hash, entry) in counts)
        {
            entry.Count -= by;
            if (entry.Count <= 0)
            {
                // Removing does not disturb the enumeration.
                counts.Remove(hash);
            }
        }
    }

    // Counts that are less than what they may have lost say nothing of an order.
    private TopValues Top() => new(
        lost,
        [.. counts.Values.Where(e => e.Count > lost).OrderByDescending(e => e.Count).ThenBy(e => e.Text, StringComparer.Ordinal).Take(TopValues.MaxValues).Select(e => new ValueCount(e.Text, e.Count))]);

    private static string Shown(ReadOnlySpan<byte> value)
    {
        // At most four bytes a character, so the cut never falls within the part that is shown.
        var text = Encoding.UTF8.GetString(value[..Math.Min(value.Length, (ShownCharacters + 1) * 4)]);
        if (text.Length <= ShownCharacters)
        {
            return text;
        }

        var cut = char.IsHighSurrogate(text[ShownCharacters - 1]) ? ShownCharacters - 1 : ShownCharacters;
        return text[..cut] + "…";
    }

    private sealed class Entry(string text)
    {
        public string Text => text;

        public long Count { get; set; }
    }
}
