namespace Features.Iceberg.Fuzzing;

/// <summary>Something that reads bytes which others wrote.</summary>
/// <param name="Name">Its name in messages.</param>
/// <param name="Seeds">Sound inputs, in an order that stays.</param>
/// <param name="Mutate">Damages one; the second argument lends pieces.</param>
/// <param name="ReadAsync">Reads what became of the seed with this index, and asserts what still can be told of the outcome.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Func<byte[], IReadOnlyList<byte[]>, Random, byte[]> Mutate, Func<int, byte[], Task> ReadAsync)
{
    /// <summary>The most bytes that a case may allocate, whatever its input claims.</summary>
    private const long MostBytes = 256 << 20;

    public override string ToString() => Name;

    /// <summary>Runs the case of a seed: what is wrong with its outcome, or null.</summary>
    public string? Run(int seed)
    {
        var random = new Random(seed);
        var index = random.Next(Seeds.Count);
        var input = Mutate(Seeds[index], Seeds, random);
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            // A case reads from memory and so stays on its thread, whose allocations are counted.
            ReadAsync(index, input).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is IcebergException { InnerException: not OutOfMemoryException } or OperationCanceledException)
        {
            // As it should be.
        }
#pragma warning disable CA1031 // Any other exception is the finding.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return error.ToString();
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= MostBytes ? null : $"{allocated} bytes were allocated for an input of {input.Length}";
    }
}
