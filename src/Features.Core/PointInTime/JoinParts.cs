using Apache.Arrow;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.PointInTime.Spill;

namespace Features.Core.PointInTime;

/// <summary>The joined views, and where their columns stand in the result.</summary>
internal sealed class JoinParts(SpillFolder folder) : IDisposable
{
    private readonly List<JoinedView> views = [];
    private readonly Dictionary<SelectedFeature, (int View, int Column, IArrowType Type)> places = [];
    private IReadOnlyList<SelectedFeature> order = [];

    /// <summary>Where views keep what does not fit in memory.</summary>
    public SpillFolder Folder { get; } = folder;

    /// <summary>Bytes that the views hold in memory.</summary>
    public long Bytes => views.Sum(v => v.Bytes);

    public void Add(JoinedView view, IReadOnlyList<IArrowType> types)
    {
        views.Add(view);
        for (var f = 0; f < view.Features.Count; f++)
        {
            places[view.Features[f]] = (views.Count - 1, f, types[f]);
        }
    }

    /// <summary>Sets the order of the columns.</summary>
    public void Arrange(IReadOnlyList<SelectedFeature> features) => order = features;

    public Field FieldOf(SelectedFeature feature, string name) => new(name, places[feature].Type, nullable: feature.Feature.Aggregate != Aggregate.Count);

    public IViewCursor Open() => new Cursor(this);

    public void Dispose()
    {
        views.ForEach(v => v.Dispose());
        Folder.Dispose();
    }

    private sealed class Cursor(JoinParts parts) : IViewCursor
    {
        private readonly List<IViewCursor> cursors = [.. parts.views.Select(v => v.Open())];

        public IReadOnlyList<IArrowArray> Next(int start, int length)
        {
            var columns = new IReadOnlyList<IArrowArray>[cursors.Count];
            for (var v = 0; v < columns.Length; v++)
            {
                columns[v] = cursors[v].Next(start, length);
            }

            return [.. parts.order.Select(f => parts.places[f]).Select(p => columns[p.View][p.Column])];
        }

        // What is held in memory is read again, by another cursor.
        public void Dispose() => cursors.ForEach(c => c.Dispose());
    }
}
