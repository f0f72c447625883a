using Apache.Arrow.Types;
using Features.Core.Definitions;

namespace Features.Core.Transformations;

/// <summary>The value's place in the vocabulary, from 1; 0 for values that are not in it, and for null.</summary>
public sealed class FittedVocabulary : FittedCode
{
    private readonly Dictionary<ValueKey, int> places;

    internal FittedVocabulary(string column, IArrowType input, string output, long count, IReadOnlyList<ValueKey> keys)
        : base(column, input, output, count)
    {
        Keys = keys;
        places = keys.Select((key, i) => (key, i)).ToDictionary(p => p.key, p => p.i + 1);
    }

    /// <inheritdoc/>
    public override TransformationKind Kind => TransformationKind.Vocabulary;

    /// <summary>The values that were kept, the most frequent first, equally frequent ones in ascending order.</summary>
    public IReadOnlyList<object> Values => [.. Keys.Select(k => ScalarValue.Value(k, Input))];

    internal IReadOnlyList<ValueKey> Keys { get; }

    private protected override int? Of(ValueKey? value) => value is { } key ? places.GetValueOrDefault(key) : 0;
}
