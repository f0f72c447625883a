using System.Text.Json.Nodes;
using Features.Core.Engine;

namespace Features.DuckDb.Analysis;

/// <summary>A column that a SELECT makes, with the base columns it is made of. <paramref name="Name"/> is null for a star over a base relation.</summary>
internal sealed record TracedColumn(string? Name, IReadOnlyList<ColumnInput> Inputs);

/// <summary>Something in FROM.</summary>
/// <param name="Alias">What qualifies its columns.</param>
/// <param name="Relation">The base relation's name; null for a derived one.</param>
/// <param name="Columns">The columns of a derived one; null for a base relation, whose columns only its owner knows.</param>
internal sealed record LineageSource(string Alias, string? Relation, IReadOnlyList<TracedColumn>? Columns);

/// <summary>What names mean inside one SELECT.</summary>
/// <param name="Sources">What stands in FROM, in order.</param>
/// <param name="Outer">The enclosing SELECT's scope, for correlated subqueries; null at the top.</param>
internal sealed record LineageScope(IReadOnlyList<LineageSource> Sources, LineageScope? Outer)
{
    /// <summary>Output columns so far, which later expressions and clauses may name.</summary>
    internal List<TracedColumn> Aliases { get; } = [];

    /// <summary>The base columns behind a column reference.</summary>
    internal IReadOnlyList<ColumnInput> Resolve(JsonArray path)
    {
        var parts = path.Select(p => (string?)p ?? "").ToList();
        for (var scope = this; scope is not null; scope = scope.Outer)
        {
            if (scope.Qualified(parts) is { } qualified)
            {
                return qualified;
            }
        }

        return Unqualified(parts) ?? Outer?.Resolve(path) ?? [];
    }

    /// <summary><c>alias.column</c>, or <c>schema.table.column</c>; further parts are fields of a struct.</summary>
    private IReadOnlyList<ColumnInput>? Qualified(List<string> parts)
    {
        for (var length = parts.Count - 1; length > 0; length--)
        {
            var qualifier = string.Join('.', parts.Take(length));
            if (Sources.FirstOrDefault(s => Same(s.Alias, qualifier) || Same(s.Relation, qualifier)) is { } source)
            {
                return Of(source, parts[length], isField: parts.Count > length + 1);
            }
        }

        return null;
    }

    private IReadOnlyList<ColumnInput>? Unqualified(List<string> parts)
    {
        var isField = parts.Count > 1;
        if (Sources.FirstOrDefault(s => s.Columns?.Any(c => Same(c.Name, parts[0])) == true) is { } derived)
        {
            return Of(derived, parts[0], isField);
        }

        if (Aliases.LastOrDefault(a => Same(a.Name, parts[0])) is { } alias)
        {
            return Derived(alias.Inputs, isField);
        }

        var open = Sources.Where(s => s.Columns is null || s.Columns.Any(c => c.Name is null)).ToList();
        return open switch
        {
            [] => null,
            [var only] => Of(only, parts[0], isField),
            _ => [new ColumnInput(null, parts[0], isField ? Derivation.Transformation : Derivation.Identity)],
        };
    }

    private static IReadOnlyList<ColumnInput> Of(LineageSource source, string column, bool isField)
    {
        if (source.Columns is null)
        {
            return [new ColumnInput(source.Relation, column, isField ? Derivation.Transformation : Derivation.Identity)];
        }

        if (source.Columns.FirstOrDefault(c => Same(c.Name, column)) is { } known)
        {
            return Derived(known.Inputs, isField);
        }

        // A star over a base relation further in: the column keeps its name on the way.
        return [.. source.Columns.Where(c => c.Name is null).SelectMany(c => c.Inputs).Select(i => i with { Column = column, Derivation = isField ? Derivation.Transformation : i.Derivation })];
    }

    private static IReadOnlyList<ColumnInput> Derived(IReadOnlyList<ColumnInput> inputs, bool isField) => isField ? inputs.AtLeast(Derivation.Transformation) : inputs;

    private static bool Same(string? left, string? right) => left is not null && left.Equals(right, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Combining inputs.</summary>
internal static class ColumnInputs
{
    /// <summary>The inputs as they are after a further derivation: the strongest of both.</summary>
    internal static IReadOnlyList<ColumnInput> AtLeast(this IEnumerable<ColumnInput> inputs, Derivation derivation) =>
        [.. inputs.Select(i => i.Derivation < derivation ? i with { Derivation = derivation } : i)];

    /// <summary>Each base column once, by its strongest derivation, in order of first appearance.</summary>
    internal static IReadOnlyList<ColumnInput> Merge(this IEnumerable<ColumnInput> inputs) =>
        [.. inputs.GroupBy(i => (i.Relation, i.Column)).Select(g => g.MaxBy(i => i.Derivation)!)];
}
