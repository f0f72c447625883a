using Apache.Arrow;

namespace Features.Core.PointInTime.Spill;

/// <summary>The rows of a source in files, by key: the rows of a key are in one bucket, <c>id mod count</c>.</summary>
internal sealed class SourceBuckets : IDisposable
{
    private readonly Schema schema;
    private readonly SpillFile[] files;
    private int[] bucketOf = [];

    public SourceBuckets(SpillFolder folder, SourceRows rows, int count)
    {
        schema = new Schema([.. rows.Columns.Select((c, i) => new Field($"c{i}", c.Type, nullable: true))], null);
        files = [.. Enumerable.Range(0, count).Select(_ => new SpillFile(folder.NewPath(), schema))];
    }

    public int Count => files.Length;

    /// <summary>Writes all rows that have a key, and takes them out.</summary>
    public void Write(SourceRows rows)
    {
        Buffers.Ensure(ref bucketOf, rows.Count);
        for (var row = 0; row < rows.Count; row++)
        {
            bucketOf[row] = rows.Keys[row] is >= 0 and var key ? key % files.Length : KeyReader.None;
        }

        var buckets = new KeyGroups(files.Length, bucketOf.AsSpan(0, rows.Count));
        for (var bucket = 0; bucket < files.Length; bucket++)
        {
            var taken = buckets[bucket];
            if (!taken.IsEmpty)
            {
                var columns = new List<IArrowArray>();
                foreach (var column in rows.Columns)
                {
                    columns.Add(column.Take(taken));
                }

                files[bucket].Write(new RecordBatch(schema, columns, taken.Length));
            }
        }

        rows.Clear();
    }

    public void Complete()
    {
        foreach (var file in files)
        {
            file.Complete();
        }
    }

    /// <summary>Appends a bucket's rows, with the ids that keys have within it.</summary>
    public void Read(int bucket, SourceRows rows)
    {
        var first = rows.Count;
        foreach (var batch in files[bucket].Read())
        {
            using (batch)
            {
                rows.Append(batch);
            }
        }

        for (var row = first; row < rows.Count; row++)
        {
            rows.Keys[row] /= files.Length;
        }
    }

    public void Dispose()
    {
        foreach (var file in files)
        {
            file.Dispose();
        }
    }
}
