using Apache.Arrow;
using Features.Core.Definitions;

namespace Features.Core.PointInTime;

/// <summary>The features of one use of a view for all rows of the spine.</summary>
/// <param name="features">Which they are, in the order of the columns.</param>
internal abstract class JoinedView(IReadOnlyList<SelectedFeature> features) : IDisposable
{
    public IReadOnlyList<SelectedFeature> Features { get; } = features;

    /// <summary>Bytes that are held in memory.</summary>
    public abstract long Bytes { get; }

    /// <summary>Begins to read the rows in their order. The caller disposes it.</summary>
    public abstract IViewCursor Open();

    public virtual void Dispose()
    {
    }
}

/// <summary>Reads a view's features in the order of the rows.</summary>
internal interface IViewCursor : IDisposable
{
    /// <summary>The columns for the next rows: from <paramref name="start"/>, where the last call ended.</summary>
    IReadOnlyList<IArrowArray> Next(int start, int length);
}

/// <summary>Features that are held in memory.</summary>
internal sealed class HeldView(IReadOnlyList<SelectedFeature> features, IReadOnlyList<JoinedColumn> columns, long bytes) : JoinedView(features), IViewCursor
{
    public override long Bytes => bytes;

    public override IViewCursor Open() => this;

    public IReadOnlyList<IArrowArray> Next(int start, int length) => [.. columns.Select(c => c.Slice(start, length))];
}
