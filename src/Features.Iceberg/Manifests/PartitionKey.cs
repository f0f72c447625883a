namespace Features.Iceberg.Manifests;

/// <summary>Partition values as a key: equal if every value is, bytes by content, floating-point numbers with their sign.</summary>
internal sealed class PartitionKey : IEquatable<PartitionKey>
{
    private PartitionKey(IReadOnlyList<object?> values) => Values = values;

    /// <summary>The values, in the order of the spec's fields.</summary>
    public IReadOnlyList<object?> Values { get; }

    public static PartitionKey Of(IReadOnlyList<object?> values) => new(values);

    public bool Equals(PartitionKey? other)
    {
        if (other is null || Values.Count != other.Values.Count)
        {
            return false;
        }

        for (var i = 0; i < Values.Count; i++)
        {
            if (!AreEqual(Values[i], other.Values[i]))
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as PartitionKey);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var value in Values)
        {
            if (value is byte[] bytes)
            {
                hash.AddBytes(bytes);
            }
            else
            {
                hash.Add(value);
            }
        }

        return hash.ToHashCode();
    }

    /// <summary>Whether two values are of the same partition. The two zeros are not: engines give a row of an identity partition the partition's value, whose sign it would take.</summary>
    public static bool AreEqual(object? left, object? right) => (left, right) switch
    {
        (byte[] a, byte[] b) => a.AsSpan().SequenceEqual(b),
        (double a, double b) => a.Equals(b) && double.IsNegative(a) == double.IsNegative(b),
        (float a, float b) => a.Equals(b) && float.IsNegative(a) == float.IsNegative(b),
        _ => Equals(left, right),
    };
}
