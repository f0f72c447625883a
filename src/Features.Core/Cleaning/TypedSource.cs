using Apache.Arrow;
using Features.Core.Definitions;
using Features.Core.Engine;
using Features.Core.Quality;

namespace Features.Core.Cleaning;

/// <summary>A file's columns as the contract promises them: the first step of cleaning. Pure.</summary>
/// <param name="Projection">SELECT items: each promised column, cast where the file holds another type.</param>
/// <param name="Columns">The typed columns' names, in order.</param>
/// <param name="Lineage">Which file column each came from.</param>
internal sealed record TypedSource(IReadOnlyList<string> Projection, IReadOnlyList<string> Columns, IReadOnlyList<OutputColumn> Lineage)
{
    /// <summary>Adds the rules <c>type:COLUMN</c> and <c>required:COLUMN</c> to <paramref name="rules"/>, tested over the file's row.</summary>
    /// <param name="contract">The promises; null takes every column as it is.</param>
    /// <param name="file">The file's columns.</param>
    /// <param name="fileName">For messages.</param>
    /// <param name="rules">Where the rules go.</param>
    /// <exception cref="BatchRejectedException">Required columns are missing; all of them are listed.</exception>
    public static TypedSource Of(Contract? contract, IReadOnlyList<Field> file, string fileName, RuleSet rules)
    {
        if (Find(file, CleaningPlan.Extra) is { } extra)
        {
            rules.Add(new RowRule(CleaningPlan.ExtraRule, $"{Sql.Name(extra.Name)} IS NOT NULL", null));
            file = [.. file.Where(f => f != extra)];
        }

        if (contract is null)
        {
            return new([.. file.Select(f => Sql.Name(f.Name))], [.. file.Select(f => f.Name)], [.. file.Select(f => Identity(f.Name, f.Name))]);
        }

        var missing = contract.Columns.Where(c => c.Required && Find(file, c.Name) is null).Select(c => c.Name).ToList();
        if (missing.Count > 0)
        {
            throw new BatchRejectedException(
                $"'{fileName}' lacks the column{(missing.Count > 1 ? "s" : "")} {string.Join(", ", missing)} that contract '{contract.Name}' requires; "
                + $"it has {string.Join(", ", file.Select(f => f.Name))}. Correct the file, or the contract, and send it again");
        }

        var (projection, lineage) = (new List<string>(), new List<OutputColumn>());
        foreach (var column in contract.Columns)
        {
            var type = ColumnType.Parse(column.Type) ?? throw new BatchRejectedException(
                $"contract '{contract.Name}' gives column '{column.Name}' the type '{column.Type}', which is not one; write an Iceberg primitive type such as string, long or timestamp");
            var sqlType = ColumnType.ToSql(type)!;
            var alias = Sql.Name(column.Name);
            if (Find(file, column.Name) is not { } field)
            {
                projection.Add($"CAST(NULL AS {sqlType}) AS {alias}");
                lineage.Add(new OutputColumn(column.Name, []));
                continue;
            }

            var name = Sql.Name(field.Name);
            var isTyped = ColumnType.Is(field.DataType, type);
            var cast = isTyped ? name : ColumnType.TryCast(name, field.DataType, type);
            projection.Add($"{cast} AS {alias}");
            lineage.Add(isTyped ? Identity(column.Name, field.Name) : new OutputColumn(column.Name, [new ColumnInput(null, field.Name, Derivation.Transformation)]));
            if (!isTyped)
            {
                var changes = ColumnType.Changes(name, cast, field.DataType, type);
                rules.Add(new RowRule($"type:{column.Name}", $"{name} IS NOT NULL AND ({cast} IS NULL{(changes is null ? "" : $" OR {changes}")})", column.Name));
            }

            if (column.Required)
            {
                rules.Add(new RowRule($"required:{column.Name}", $"{name} IS NULL", column.Name));
            }
        }

        return new(projection, [.. contract.Columns.Select(c => c.Name)], lineage);
    }

    private static Field? Find(IReadOnlyList<Field> file, string name) =>
        file.FirstOrDefault(f => f.Name == name) ?? file.FirstOrDefault(f => string.Equals(f.Name, name, StringComparison.OrdinalIgnoreCase));

    private static OutputColumn Identity(string name, string from) => new(name, [new ColumnInput(null, from, Derivation.Identity)]);
}
