using Apache.Arrow;
using Features.Core.Engine;

namespace Features.Core.PointInTime;

/// <summary>The rows that features are joined to: the entities' keys, a moment, and columns to carry along.</summary>
public abstract record Spine
{
    private protected Spine(string timestamp) => Timestamp = timestamp;

    /// <summary>The column that says as of when: a timestamp in microseconds or coarser (without a zone: UTC) or a date. One that counts nanoseconds is refused.</summary>
    public string Timestamp { get; }
}

/// <summary>A spine as one SELECT over tables and sources. Its rows have no order of their own, so they are put into the canonical row order (<c>schemas/digest</c>).</summary>
public sealed record SqlSpine(string Sql, string Timestamp) : Spine(Timestamp);

/// <summary>A spine as Arrow batches, whose order is kept. The batches are disposed when they are read.</summary>
public sealed record BatchSpine(Schema Schema, IAsyncEnumerable<RecordBatch> Batches, string Timestamp) : Spine(Timestamp);

/// <summary>
/// A spine as a file, whose order is kept. Of a CSV or JSON file, which is all text, keys and what on-demand views ask for are read as what they are declared to be, and the timestamp as a timestamp, in UTC unless the text
/// has an offset, which is converted. A value that is not of its column's type is refused, never rounded or cut. Other columns stay text.
/// </summary>
/// <param name="File">The file; it must stay as it is until the result is read.</param>
/// <param name="Timestamp">The column that says as of when.</param>
public sealed record FileSpine(SourceFile File, string Timestamp) : Spine(Timestamp);

/// <summary>
/// No spine of one's own: every event of the first feature's view in <c>[From, To)</c> is a row, with the view's keys and the moment in <see cref="TimestampColumn"/>, in the canonical row order. Rows without a key or an event
/// are left out.
/// </summary>
public sealed record EventsSpine(DateTimeOffset From, DateTimeOffset To) : Spine(TimestampColumn)
{
    /// <summary>The column that holds the events' moments.</summary>
    public const string TimestampColumn = "event_timestamp";
}
