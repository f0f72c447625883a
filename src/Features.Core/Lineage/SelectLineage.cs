using Features.Core.Engine;

namespace Features.Core.Lineage;

/// <summary>Makes a SELECT's analysis complete with what only its inputs' columns can tell.</summary>
public static class SelectLineage
{
    /// <summary>The column name that stands for "any of them", where an output's inputs are not known.</summary>
    public const string AnyColumn = "*";

    /// <summary>
    /// Every output by its described name with its inputs: those the analysis resolved; for a star the input column of the same name, as it is;
    /// else any (<see cref="AnyColumn"/>), since guessing less would lose lineage.
    /// </summary>
    /// <param name="analysis">The SELECT.</param>
    /// <param name="outputs">The names of its result's columns, in order.</param>
    /// <param name="inputs">The columns of the one relation that a star may stand for.</param>
    public static IReadOnlyList<OutputColumn> Resolve(SelectAnalysis analysis, IReadOnlyList<string> outputs, IReadOnlyCollection<string> inputs)
    {
        var resolved = new Dictionary<string, OutputColumn>(StringComparer.OrdinalIgnoreCase);
        foreach (var column in analysis.Columns.Where(c => c.Name is not null))
        {
            resolved.TryAdd(column.Name!, column);
        }

        return [.. outputs.Select(name =>
            resolved.TryGetValue(name, out var column) ? column with { Name = name }
            : inputs.FirstOrDefault(i => string.Equals(i, name, StringComparison.OrdinalIgnoreCase)) is { } same ? new OutputColumn(name, [new ColumnInput(null, same, Derivation.Identity)])
            : new OutputColumn(name, [new ColumnInput(null, AnyColumn, Derivation.Transformation)]))];
    }

    /// <summary>Two steps as one: what <paramref name="second"/> makes of what the first made. A column that the first step does not know keeps its name.</summary>
    public static IReadOnlyList<OutputColumn> Compose(IReadOnlyList<OutputColumn> first, IReadOnlyList<OutputColumn> second)
    {
        var byName = first.Where(c => c.Name is not null).ToDictionary(c => c.Name!, StringComparer.OrdinalIgnoreCase);
        return [.. second.Select(column => column with
        {
            Inputs = [.. column.Inputs
                .SelectMany(input => byName.TryGetValue(input.Column, out var made)
                    ? made.Inputs.Select(origin => origin with { Derivation = Stronger(origin.Derivation, input.Derivation) })
                    : [input])
                .Distinct()],
        })];
    }

    // Identity, transformation, aggregation: the later in that order says more about what happened to the value.
    private static Derivation Stronger(Derivation left, Derivation right) => left > right ? left : right;
}
