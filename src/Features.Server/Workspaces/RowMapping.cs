using System.Reflection;
using Apache.Arrow;

namespace Features.Server.Workspaces;

/// <summary>Makes a <typeparamref name="T"/> of each row: through T's constructor, whose parameters name columns, or of the only column's cell.</summary>
internal sealed class RowMapping<T>
{
    private readonly ConstructorInfo? constructor;
    private readonly RowColumn[] columns;

    private RowMapping(ConstructorInfo? constructor, RowColumn[] columns) => (this.constructor, this.columns) = (constructor, columns);

    /// <summary>Settles what is read from which column, before the first row.</summary>
    /// <exception cref="WorkspaceException">Columns are missing or of other types; the message names each.</exception>
    public static RowMapping<T> Over(Schema schema)
    {
        var faults = new List<string>();
        var constructor = IsCell ? null : typeof(T).GetConstructors().MaxBy(c => c.GetParameters().Length);
        var columns = constructor is null ? OfOnly(schema, faults) : [.. constructor.GetParameters().Select(p => Named(schema, p, faults)).OfType<RowColumn>()];
        return faults.Count == 0
            ? new RowMapping<T>(constructor, columns)
            : throw new WorkspaceException("row-type", $"the query's rows do not fit {typeof(T).Name}: {string.Join("; ", faults)}");
    }

    /// <summary>The rows in order.</summary>
    public IEnumerable<T> Read(RecordBatch batch)
    {
        for (var row = 0; row < batch.Length; row++)
        {
            object?[] values = [.. columns.Select(c => c.Read(batch, row))];
            yield return (T)(constructor is null ? values[0] : constructor.Invoke(values))!;
        }
    }

    private static bool IsCell => Type.GetTypeCode(Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T)) != TypeCode.Object
        || typeof(T).IsArray || typeof(T).Namespace == nameof(System);

    private static RowColumn[] OfOnly(Schema schema, List<string> faults)
    {
        if (schema.FieldsList.Count != 1)
        {
            faults.Add($"the query has {schema.FieldsList.Count} columns; read them as a record whose parameters name them, such as 'record Row(string Origin, double Delay)'");
            return [];
        }

        var takesNull = !typeof(T).IsValueType || Nullable.GetUnderlyingType(typeof(T)) is not null;
        return RowColumn.Over(schema, 0, typeof(T), takesNull, faults) is { } column ? [column] : [];
    }

    private static RowColumn? Named(Schema schema, ParameterInfo parameter, List<string> faults)
    {
        var name = Plain(parameter.Name!);
        var fits = Enumerable.Range(0, schema.FieldsList.Count).Where(i => Plain(schema.FieldsList[i].Name).Equals(name, StringComparison.OrdinalIgnoreCase)).ToList();
        if (fits.Count == 1)
        {
            return RowColumn.Over(schema, fits[0], parameter.ParameterType, new NullabilityInfoContext().Create(parameter).WriteState != NullabilityState.NotNull, faults);
        }

        faults.Add(fits.Count == 0
            ? $"no column is named as the parameter '{parameter.Name}' (there are: {string.Join(", ", schema.FieldsList.Select(f => f.Name))})"
            : $"{fits.Count} columns are named as the parameter '{parameter.Name}'; name them apart in the query");
        return null;
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal);
}
