namespace Features.Core.PointInTime.Kernel;

/// <summary>When a row happened and was known, and which row; ordered so that the last wins.</summary>
internal readonly record struct Moment(long Event, long Available, int Row) : IComparable<Moment>
{
    public int CompareTo(Moment other) =>
        Event != other.Event ? Event.CompareTo(other.Event)
        : Available != other.Available ? Available.CompareTo(other.Available)
        : Row.CompareTo(other.Row);

    public static bool operator <(Moment left, Moment right) => left.CompareTo(right) < 0;

    public static bool operator >(Moment left, Moment right) => left.CompareTo(right) > 0;

    public static bool operator <=(Moment left, Moment right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Moment left, Moment right) => left.CompareTo(right) >= 0;
}
