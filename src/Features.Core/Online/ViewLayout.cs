using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Serialization;
using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.PointInTime;

namespace Features.Core.Online;

/// <summary>
/// What the stored rows of a view are: enough to read them without the definition that they were written by, and to tell whether a definition can be answered from them. Kept with the view's state, as JSON.
/// </summary>
internal sealed record ViewLayout
{
    /// <summary>The entity's keys, each <c>name:type</c>.</summary>
    public required IReadOnlyList<string> Keys { get; init; }

    /// <summary>The source, or the SQL.</summary>
    public required string Source { get; init; }

    /// <summary>The event clock's column.</summary>
    public required string Event { get; init; }

    /// <summary>The availability clock's column; null for none.</summary>
    public string? Available { get; init; }

    /// <summary>Whether a row known at the very moment counts.</summary>
    public bool Inclusive { get; init; }

    /// <summary>What decides ties.</summary>
    public required IReadOnlyList<string> OrderBy { get; init; }

    /// <summary>Whether rows for latest values are kept.</summary>
    public bool HasLatest { get; init; }

    /// <summary>The longest window in microseconds; null where no rows are kept for windows.</summary>
    public long? LongestWindow { get; init; }

    /// <summary>The stored values.</summary>
    public required IReadOnlyList<ValueLayout> Values { get; init; }

    /// <summary>The types of <see cref="Values"/>.</summary>
    [JsonIgnore]
    public IReadOnlyList<StoredType> Types => field ??= [.. Values.Select(v => StoredType.Parse(v.Type))];

    /// <summary>Whether a row known at a moment counts only after it.</summary>
    [JsonIgnore]
    public bool IsStrict => Available is not null && !Inclusive;

    /// <summary>Whether the order of rows that are equal in both clocks can show in an answer.</summary>
    [JsonIgnore]
    public bool NeedsOrder => HasLatest || Values.Any(v => (v.Partials & (Partials.First | Partials.Last)) != 0);

    /// <summary>What tells rows of this layout from rows that mean something else or are written otherwise.</summary>
    [JsonIgnore]
    public long Stamp => field != 0 ? field : field = 1 | (long)XxHash64.HashToUInt64(
        JsonSerializer.SerializeToUtf8Bytes(new object?[] { Keys, Source, Event, Available, Values.Select(v => v.Expression), Values.Select(v => v.Type) }));

    public static ViewLayout Of(OnlineViewPlan plan)
    {
        var aggregates = plan.View.Features.Where(f => f.Aggregate is not null).ToList();
        var values = Expressions(plan.View).Select((expression, i) =>
        {
            var field = plan.Schema.FieldsList.FirstOrDefault(f => f.Name == $"_value{i}")
                ?? throw new OnlineException($"the rows of view '{plan.View.Name}' have no column '_value{i}' for '{expression}'");
            var type = StoredType.Of(field.DataType)
                ?? throw new OnlineException($"'{expression}' of view '{plan.View.Name}' is of type {FeatureTypes.Name(field.DataType)}, which cannot be stored online; cast it");
            return new ValueLayout(expression, type.Text, aggregates.Where(f => f.Expression == expression).Aggregate(Partials.None, (p, f) => p | PartialOf(f.Aggregate!.Value)));
        });
        return Shape(plan.View, plan.Entity) with { Values = [.. values] };
    }

    /// <summary>Why a definition cannot be answered from what is stored; null if it can.</summary>
    public string? Misfit(FeatureView view, Entity entity)
    {
        var asked = Shape(view, entity);
        return !asked.Keys.SequenceEqual(Keys) ? "its entity's keys"
            : asked.Source != Source ? "its source"
            : asked.Event != Event || asked.Available != Available || asked.Inclusive != Inclusive ? "its clocks"
            : !asked.OrderBy.SequenceEqual(OrderBy) ? "its order_by"
            : null;
    }

    /// <summary>Whether a feature can be answered from what is stored.</summary>
    public bool Holds(Feature feature) => feature.Aggregate is not { } aggregate
        ? HasLatest && IndexOf(feature) >= 0
        : LongestWindow >= Duration.ToMicros(feature.Window!.Value) && (IsOfRows(feature) || IndexOf(feature) is >= 0 and var i && (Values[i].Partials & PartialOf(aggregate)) == PartialOf(aggregate));

    /// <summary>The stored value that a feature reads; -1 for <c>count(*)</c>.</summary>
    public int IndexOf(Feature feature)
    {
        for (var i = 0; i < Values.Count && !IsOfRows(feature); i++)
        {
            if (Values[i].Expression == feature.Expression)
            {
                return i;
            }
        }

        return -1;
    }

    public static bool IsOfRows(Feature feature) => feature is { Aggregate: Aggregate.Count, Expression: "*" };

    private static ViewLayout Shape(FeatureView view, Entity entity) => new()
    {
        Keys = [.. entity.Keys.Select(k => $"{k.Name}:{k.Type}")],
        Source = view.Sql ?? view.Source ?? "",
        Event = view.Clocks.Event,
        Available = view.Clocks.Available,
        Inclusive = view.Clocks.Inclusive,
        OrderBy = [.. view.OrderBy],
        HasLatest = view.Features.Any(f => f.Aggregate is null),
        LongestWindow = view.Features.Where(f => f.Aggregate is not null).Select(f => Duration.ToMicros(f.Window!.Value)).Select(w => (long?)w).Max(),
        Values = [],
    };

    /// <summary>The distinct expressions in the order of <c>ViewQuery</c>'s value columns.</summary>
    private static IEnumerable<string> Expressions(FeatureView view) => view.Features.Where(f => !IsOfRows(f)).Select(f => f.Expression).Distinct();

    private static Partials PartialOf(Aggregate aggregate) => aggregate switch
    {
        Aggregate.Sum or Aggregate.Avg => Partials.Sum,
        Aggregate.Min => Partials.Min,
        Aggregate.Max => Partials.Max,
        Aggregate.First => Partials.First,
        Aggregate.Last => Partials.Last,
        _ => Partials.None,
    };
}

/// <summary>One stored value: its expression, its type (<see cref="StoredType.Text"/>), and what is kept of it beside its count where rows are put together.</summary>
internal sealed record ValueLayout(string Expression, string Type, Partials Partials);

/// <summary>What is kept of a value over many rows, beside the number of those that are not null.</summary>
[Flags]
internal enum Partials
{
    None = 0,
    Sum = 1,
    Min = 2,
    Max = 4,
    First = 8,
    Last = 16,
}
