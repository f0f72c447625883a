using System.Globalization;

namespace Features.Core.Tests.PointInTime;

/// <summary>The rules of a join as SQL over relations <c>spine</c> and <c>source</c>: the second implementation, by ASOF joins for latest values and range joins for windows.</summary>
internal static class PointInTimeSql
{
    /// <summary>For each spine row (<c>_row</c>) the latest row's number, whole and text.</summary>
    public static string Latest(long? ttl, bool hasAvailable, bool inclusive) =>
        $"""
        WITH known AS (
          SELECT *, {(hasAvailable ? inclusive ? "greatest(happened, known)" : "greatest(happened, known + to_microseconds(1))" : "happened")} AS counts_from,
            row_number() OVER (ORDER BY happened{(hasAvailable ? ", known" : "")}, "rank" NULLS FIRST, grp, name{(hasAvailable ? "" : ", known NULLS LAST")}, number NULLS LAST, whole NULLS LAST, text NULLS LAST) AS place
          FROM source WHERE grp IS NOT NULL AND name IS NOT NULL AND happened IS NOT NULL{(hasAvailable ? " AND known IS NOT NULL" : "")}),
        best AS (SELECT DISTINCT grp, name, counts_from, max(place) OVER (PARTITION BY grp, name ORDER BY counts_from RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place FROM known)
        SELECT s._row, w.number, w.whole, w.text
        FROM spine s ASOF LEFT JOIN best b ON s.grp = b.grp AND s.name = b.name AND s.at >= b.counts_from
          LEFT JOIN known w ON w.place = b.place{(ttl is { } age ? string.Create(CultureInfo.InvariantCulture, $" AND w.happened >= s.at - to_microseconds({age})") : "")}
        ORDER BY s._row
        """;

    /// <summary>For each spine row what is in its window: count of rows, and of whole the count, sum, least and greatest.</summary>
    public static string Windows(long window, bool hasAvailable, bool inclusive, bool isLeft) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        SELECT s._row, count(f.happened) AS n, count(f.whole) AS values, CAST(sum(f.whole) AS BIGINT) AS total, min(f.whole) AS least, max(f.whole) AS greatest
        FROM spine s LEFT JOIN source f ON s.grp = f.grp AND s.name = f.name
          AND {(isLeft ? "f.happened < s.at AND f.happened >= s.at" : "f.happened <= s.at AND f.happened > s.at")} - to_microseconds({window})
          {(hasAvailable ? inclusive ? "AND f.known <= s.at" : "AND f.known < s.at" : "")}
        GROUP BY s._row ORDER BY s._row
        """);
}
