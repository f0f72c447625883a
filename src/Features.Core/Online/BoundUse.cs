using System.Collections.Concurrent;
using Apache.Arrow.Types;
using Features.Core.Definitions;
using Features.Core.PointInTime;

namespace Features.Core.Online;

/// <summary>A use of a view over what is stored of it.</summary>
internal sealed class BoundUse
{
    private readonly ConcurrentBag<UseReader> idle = [];

    public required ViewUse Use { get; init; }

    public required ViewLayout Layout { get; init; }

    public required IReadOnlyList<FeatureRead> Features { get; init; }

    public long? TtlMicros { get; init; }

    public static BoundUse Of(ViewUse use, ViewLayout layout)
    {
        if (layout.Misfit(use.View, use.Entity) is { } changed)
        {
            throw new OnlineException($"view '{use.View.Name}' was changed since it was materialised ({changed}); materialise it", "online-not-materialised");
        }

        return new BoundUse
        {
            Use = use,
            Layout = layout,
            TtlMicros = use.View.Ttl is { } ttl ? Duration.ToMicros(ttl) : null,
            Features = [.. use.Features.Select(f => FeatureRead.Of(use.View, f.Feature, f.Column, layout))],
        };
    }

    public UseReader Rent() => idle.TryTake(out var reader) ? reader : new UseReader(this);

    public void Return(UseReader reader) => idle.Add(reader);
}

/// <summary>One feature as it is read: from which stored value (-1: rows), over which window, of which type, into which column of the plan.</summary>
internal sealed record FeatureRead(Feature Feature, int Column, int Value, StoredType? Stored, IArrowType Type, long WindowMicros)
{
    public bool IsLatest => Feature.Aggregate is null;

    public static FeatureRead Of(FeatureView view, Feature feature, int column, ViewLayout layout)
    {
        if (!layout.Holds(feature))
        {
            throw new OnlineException($"the feature '{view.Name}:{feature.Name}' is not in what was materialised of its view; materialise it", "online-not-materialised");
        }

        var value = layout.IndexOf(feature);
        var stored = value < 0 ? null : layout.Types[value];
        var type = FeatureTypes.Of(feature, stored?.Type ?? BooleanType.Default, out var problem) ?? throw new OnlineException($"view '{view.Name}': {problem}");
        return new FeatureRead(feature, column, value, stored, type, feature.Window is { } window ? Duration.ToMicros(window) : 0);
    }

    /// <summary>The events that belong to the window that ends at a moment: from, to, both inclusive.</summary>
    public (long From, long To) WindowAt(long now)
    {
        var isRight = Feature.Closed == WindowEnd.Right;
        var from = now < long.MinValue + WindowMicros ? long.MinValue : now - WindowMicros + (isRight ? 1 : 0);
        return (from, isRight ? now : now - 1);
    }
}
