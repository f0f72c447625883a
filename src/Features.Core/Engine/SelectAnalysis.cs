namespace Features.Core.Engine;

/// <summary>What a SELECT reads and where its columns come from.</summary>
/// <param name="Relations">The named relations it reads, as written (<c>source</c>, <c>flights.departures</c>); common table expressions left out.</param>
/// <param name="Columns">Its output columns in order; one with a null name could not be resolved (a star over a relation whose columns the caller must expand).</param>
/// <param name="Indirect">Columns that influence which rows come out (filter, join, group, sort, window).</param>
/// <param name="VolatileFunctions">Functions whose result differs from run to run (now, random, uuid, …); empty for a repeatable SELECT.</param>
public sealed record SelectAnalysis(
    IReadOnlyList<string> Relations,
    IReadOnlyList<OutputColumn> Columns,
    IReadOnlyList<IndirectInput> Indirect,
    IReadOnlyList<string> VolatileFunctions);

/// <summary>One output column and its direct inputs.</summary>
public sealed record OutputColumn(string? Name, IReadOnlyList<ColumnInput> Inputs);

/// <summary>
/// A direct input: a column of a base relation, traced through subqueries and common table expressions. <paramref name="Relation"/> is as in <see cref="SelectAnalysis.Relations"/>; null where the column was
/// written without one and several could have it. <paramref name="Column"/> is <c>*</c> for all columns of the relation.
/// </summary>
public sealed record ColumnInput(string? Relation, string Column, Derivation Derivation);

/// <summary>How an output is made from an input (OpenLineage column lineage, DIRECT).</summary>
public enum Derivation
{
    /// <summary>The value itself.</summary>
    Identity,

    /// <summary>A function of the row.</summary>
    Transformation,

    /// <summary>A function of several rows.</summary>
    Aggregation,
}

/// <summary>An input that decides about rows (OpenLineage column lineage, INDIRECT): FILTER, JOIN, GROUP_BY, SORT, WINDOW, CONDITIONAL.</summary>
public sealed record IndirectInput(string? Relation, string Column, string Kind);
