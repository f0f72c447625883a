namespace Features.Core.Online;

/// <summary>Columns of a request as what they are declared to be.</summary>
internal static class RequestColumns
{
    /// <summary>The number of rows.</summary>
    /// <exception cref="OnlineException">The columns are of different length.</exception>
    public static int Rows(OnlineRequest request)
    {
        var (first, rows) = ("", -1);
        foreach (var (name, column) in request.Entities)
        {
            if (rows >= 0 && column.Count != rows)
            {
                throw new OnlineException($"the request's column '{first}' has {rows} rows and '{name}' has {column.Count}; give all the same number");
            }

            (first, rows) = (name, column.Count);
        }

        return Math.Max(rows, 0);
    }

    /// <summary>A column as it is sent.</summary>
    /// <param name="request">The request.</param>
    /// <param name="name">The column.</param>
    /// <param name="needed">Who needs it, for the error.</param>
    public static IReadOnlyList<FeatureValue> Find(OnlineRequest request, string name, string needed) => request.Entities.TryGetValue(name, out var column)
        ? column
        : throw new OnlineException($"the request has no column '{name}', which {needed} needs; {NearNames.Hint(name, [.. request.Entities.Keys], "columns")}", "online-request-column");

    /// <summary>A column as a declared type has it.</summary>
    public static IReadOnlyList<FeatureValue> Of(OnlineRequest request, string name, string type, string needed)
    {
        var column = Find(request, name, needed);
        var kind = FeatureValues.KindOf(type);
        var values = new FeatureValue[column.Count];
        for (var row = 0; row < values.Length; row++)
        {
            values[row] = FeatureValues.Coerce(column[row], kind)
                ?? throw new OnlineException($"the request's column '{name}' is declared {type}, and row {row} has {column[row].Kind.ToString().ToLowerInvariant()} '{column[row]}'; send a value of that type", "online-request-column");
        }

        return values;
    }
}
