using Apache.Arrow;
using Features.Core.Definitions;

namespace Features.Core.Transformations;

/// <summary>
/// Learns transformations from the rows of a train part, streamed in as many passes as it takes: <c>while (!fit.IsDone) { foreach batch: fit.Add(batch, isTrain); fit.EndPass(); }</c>. What is learned does not
/// depend on the order of the rows or on batches. A transformation of an earlier one's output is learned once that one is. Memory is bounded whatever the number of rows.
/// </summary>
public sealed class TransformationFit
{
    private readonly IReadOnlyList<Transformation> transformations;
    private readonly Schema schema;
    private readonly FittedTransformation?[] fitted;
    private readonly Learner?[] learners;

    /// <summary>Begins to fit over columns.</summary>
    /// <exception cref="TransformationException">A column is missing, of a type that its transformation does not read, or made twice.</exception>
    public TransformationFit(IReadOnlyList<Transformation> transformations, Schema schema)
    {
        (this.transformations, this.schema) = (transformations, schema);
        fitted = new FittedTransformation?[transformations.Count];
        learners = new Learner?[transformations.Count];
        var names = schema.FieldsList.Select(f => f.Name).ToHashSet(StringComparer.Ordinal);
        var prefixes = new List<string>();
        foreach (var one in transformations)
        {
            if (!names.Contains(one.Column) && !prefixes.Exists(p => one.Column.StartsWith(p, StringComparison.Ordinal)))
            {
                throw Missing(one, names);
            }

            if (one.Kind == TransformationKind.OneHot)
            {
                prefixes.Add($"{OutputOf(one)}__");
            }
            else if (!names.Add(OutputOf(one)))
            {
                throw new TransformationException("transformation-clash", $"the transformation of '{one.Column}' makes a column '{OutputOf(one)}', which stands already; name its output (as)");
            }
        }

        Advance();
    }

    /// <summary>True if all is learned.</summary>
    public bool IsDone => fitted.All(f => f is not null);

    /// <summary>The transformations, when <see cref="IsDone"/>.</summary>
    /// <exception cref="InvalidOperationException">Another pass is needed.</exception>
    public IReadOnlyList<FittedTransformation> Fitted => IsDone ? [.. fitted.Select(f => f!)] : throw new InvalidOperationException("the transformations are not learned yet");

    /// <summary>The column that a transformation makes, or (one-hot) what the columns' names begin with.</summary>
    public static string OutputOf(Transformation transformation) => transformation.As ?? $"{transformation.Column}__{FittedTransformation.WordOf(transformation.Kind)}";

    /// <summary>Adds the next rows of this pass; each pass sees the same rows. The batch stays the caller's.</summary>
    /// <param name="batch">Rows with the columns of the schema.</param>
    /// <param name="isLearned">Which of them are learned from, one for each row; empty for all.</param>
    public void Add(RecordBatch batch, ReadOnlySpan<bool> isLearned)
    {
        if (isLearned.IsEmpty)
        {
            var all = new bool[batch.Length];
            all.AsSpan().Fill(true);
            isLearned = all;
        }

        var made = new Dictionary<string, IArrowArray>(StringComparer.Ordinal);
        for (var i = 0; i < transformations.Count; i++)
        {
            learners[i]?.Add(Column(transformations[i].Column, i, batch, made), isLearned);
        }

        foreach (var array in made.Values)
        {
            array.Dispose();
        }
    }

    /// <summary>Ends a pass.</summary>
    public void EndPass()
    {
        for (var i = 0; i < learners.Length; i++)
        {
            if (learners[i]?.EndPass() is { } learned)
            {
                (fitted[i], learners[i]) = (learned, null);
            }
        }

        Advance();
    }

    /// <summary>Begins to learn what has become possible: that whose input stands.</summary>
    private void Advance()
    {
        for (var i = 0; i < transformations.Count; i++)
        {
            if (fitted[i] is null && learners[i] is null && FieldOf(transformations[i], i) is { } field)
            {
                (learners[i], fitted[i]) = Learner.Of(transformations[i], OutputOf(transformations[i]), field.DataType);
            }
        }
    }

    private Field? FieldOf(Transformation transformation, int place)
    {
        var field = schema.FieldsList.Concat(fitted.Take(place).Where(f => f is not null).SelectMany(f => f!.Outputs)).FirstOrDefault(f => f.Name == transformation.Column);
        return field is null && fitted.Take(place).All(f => f is not null)
            ? throw Missing(transformation, schema.FieldsList.Concat(fitted.Take(place).SelectMany(f => f!.Outputs)).Select(f => f.Name))
            : field;
    }

    private IArrowArray Column(string name, int place, RecordBatch batch, Dictionary<string, IArrowArray> made)
    {
        if (schema.FieldsList.Any(f => f.Name == name))
        {
            return batch.Column(name);
        }

        if (!made.TryGetValue(name, out var array))
        {
            var maker = System.Array.FindIndex(fitted, 0, place, f => f is not null && f.Outputs.Any(o => o.Name == name));
            foreach (var (field, output) in fitted[maker]!.Outputs.Zip(fitted[maker]!.ApplyTo(Column(fitted[maker]!.Column, maker, batch, made))))
            {
                made[field.Name] = output;
            }

            array = made[name];
        }

        return array;
    }

    private static TransformationException Missing(Transformation one, IEnumerable<string> known) =>
        new("transformation-column", $"there is no column '{one.Column}' to be transformed ({FittedTransformation.WordOf(one.Kind)}); {NearNames.Hint(one.Column, [.. known], "columns")}");
}
