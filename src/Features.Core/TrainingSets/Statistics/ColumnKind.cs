namespace Features.Core.TrainingSets.Statistics;

/// <summary>What can be said of a column's values.</summary>
public enum ColumnKind
{
    /// <summary>Integers, fractions, decimals, durations: range, moments, quantiles, histogram.</summary>
    Number,

    /// <summary>Dates, timestamps, times of day: as numbers, in microseconds (of the epoch, or of the day); the range as text.</summary>
    Time,

    /// <summary>True and false: the counts of both, and the share of true as the mean.</summary>
    Boolean,

    /// <summary>Texts: how many differ, and the most frequent.</summary>
    Text,

    /// <summary>Bytes: how many differ.</summary>
    Binary,

    /// <summary>Lists, structs, maps, and types without an order: rows and nulls only.</summary>
    Other,
}
