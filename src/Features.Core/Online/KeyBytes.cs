using System.IO.Hashing;

namespace Features.Core.Online;

/// <summary>Bytes that are compared by their content.</summary>
internal readonly struct KeyBytes(ReadOnlyMemory<byte> bytes) : IEquatable<KeyBytes>
{
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public bool Equals(KeyBytes other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override bool Equals(object? obj) => obj is KeyBytes other && Equals(other);

    public override int GetHashCode() => (int)XxHash3.HashToUInt64(Bytes.Span);
}
