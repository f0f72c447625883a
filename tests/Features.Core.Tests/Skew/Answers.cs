using Apache.Arrow.Types;
using Features.Core.Online;

namespace Features.Core.Tests.Skew;

/// <summary>Answers as a service gives them, made by hand.</summary>
internal static class Answers
{
    /// <summary>A request for rows of one column <c>id</c>, 0, 1, 2, …, and its answer, whose feature <c>v:x</c> is ten times the id.</summary>
    public static (OnlineRequest Request, OnlineAnswer Answer) Counting(int rows, long first = 0, string? service = null)
    {
        var ids = Enumerable.Range(0, rows).Select(i => FeatureValue.Of(first + i)).ToArray();
        return (
            new OnlineRequest { Service = service, Entities = new Dictionary<string, IReadOnlyList<FeatureValue>> { ["id"] = ids } },
            new OnlineAnswer(rows, DateTimeOffset.UnixEpoch, [Column("id", null, ids), Column("x", "v:x", [.. ids.Select(i => FeatureValue.Of(i.AsInteger() * 10))])]));
    }

    /// <summary>A column; of a feature if it has a reference, else of a key. What is null is <see cref="FeatureStatus.NullValue"/>.</summary>
    public static OnlineColumn Column(string name, string? reference, params IReadOnlyList<FeatureValue> values)
    {
        var column = new OnlineColumn(name, Int64Type.Default, values.Count, isKey: reference is null) { Reference = reference };
        for (var i = 0; i < values.Count; i++)
        {
            column.Values[i] = values[i];
            column.Statuses[i] = values[i].IsNull ? FeatureStatus.NullValue : FeatureStatus.Present;
            column.EventMicros[i] = OnlineColumn.NoEvent;
        }

        return column;
    }
}
