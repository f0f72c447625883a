using System.Security.Cryptography;
using System.Text;
using Apache.Arrow.Memory;
using Features.Flight.Layout;
using Features.Ordering;

namespace Features.Flight.Tests.Cache;

/// <summary>An epoch's rows as a reader would get them, as one digest.</summary>
internal static class Epochs
{
    public static string Digest(ColumnStore store, StorePlan plan, long epoch)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var order = new Order(plan.Dataset.Digest, plan.Dataset.Rows, OrderMode.Global, 7).InEpoch(epoch);
        for (var first = 0L; first < plan.Dataset.Rows; first += 512)
        {
            var samples = new long[Math.Min(512, plan.Dataset.Rows - first)];
            order.Fill(first, samples);
            using var arena = new MemoryArena(MemoryAllocator.Default.Value);
            foreach (var row in Cells.RowsOf(store.Gather(samples, arena)))
            {
                hash.AppendData(Encoding.UTF8.GetBytes(row + "\n"));
            }
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>All rows in stored order.</summary>
    public static List<string> Rows(ColumnStore store)
    {
        using var arena = new MemoryArena(MemoryAllocator.Default.Value);
        return [.. Cells.RowsOf(store.Gather([.. Enumerable.Range(0, (int)store.Rows).Select(row => (long)row)], arena))];
    }
}
