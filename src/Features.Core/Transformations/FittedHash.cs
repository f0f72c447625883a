using Apache.Arrow.Types;
using Features.Core.Definitions;

namespace Features.Core.Transformations;

/// <summary>XxHash64 (seed 0) of the value's cell in the digest's encoding, modulo the number of buckets; null stays null. It learns nothing.</summary>
public sealed class FittedHash : FittedCode
{
    internal FittedHash(string column, IArrowType input, string output, int buckets)
        : base(column, input, output, 0) => Buckets = buckets;

    /// <inheritdoc/>
    public override TransformationKind Kind => TransformationKind.Hash;

    /// <summary>The number of buckets.</summary>
    public int Buckets { get; }

    private protected override int? Of(ValueKey? value) => value is { } key ? (int)(key.Hash(Input) % (ulong)Buckets) : null;
}
