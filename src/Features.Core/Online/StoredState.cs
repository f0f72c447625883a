using System.Text;
using System.Text.Json;

namespace Features.Core.Online;

/// <summary>All that is known of a view as a whole; one entry of the store, as JSON. What answers is the generation that it names.</summary>
internal sealed record StoredState
{
    /// <summary>Raised when a view is removed, so that what is left of it is never found again.</summary>
    public int Epoch { get; init; }

    /// <summary>Steps that were ever begun.</summary>
    public int Steps { get; init; }

    /// <summary>The generation that answers; 0 for none.</summary>
    public int Generation { get; init; }

    /// <summary>Generations that were ever begun.</summary>
    public int Generations { get; init; }

    /// <summary>Generations that nobody reads and that may still have entries.</summary>
    public IReadOnlyList<int> Leftovers { get; init; } = [];

    /// <summary>Keys that have pushed rows.</summary>
    public long PushedKeys { get; init; }

    /// <summary>What the rows that answer are; null if nothing was ever stored.</summary>
    public ViewLayout? Layout { get; init; }

    public string DefinitionHash { get; init; } = "";

    public IReadOnlyList<OnlineSource> Sources { get; init; } = [];

    public long Frontier { get; init; }

    public DateTimeOffset MaterializedAt { get; init; }

    public long Keys { get; init; }

    /// <summary>The last batch of each push source whose rows were pushed.</summary>
    public IReadOnlyDictionary<string, long> Pushed { get; init; } = new Dictionary<string, long>();

    /// <summary>Whether rows were ever pushed online only.</summary>
    public bool HasOnlineOnlyRows { get; init; }

    /// <summary>The step under way; null for none.</summary>
    public StoredStep? Step { get; init; }

    public static StoredState Parse(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<StoredState>(json.Span)!;

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>The last batch of a push source that is in what answers.</summary>
    public long PushedThrough(string pushSource) => PushedThrough(Sources, pushSource);

    public static long PushedThrough(IReadOnlyList<OnlineSource> sources, string pushSource)
    {
        var through = long.MinValue;
        for (var i = 0; i < sources.Count; i++)
        {
            through = sources[i].PushedThrough.TryGetValue(pushSource, out var sequence) ? Math.Max(through, sequence) : through;
        }

        return through;
    }

    public OnlineViewState? ToPublic(string view, IReadOnlyList<ReadOnlyMemory<byte>> undecided) => Generation == 0 && Step is null
        ? null
        : new OnlineViewState(view, Generation == 0 ? Step!.DefinitionHash : DefinitionHash, Sources, Frontier, MaterializedAt, Keys)
        {
            Pushed = Pushed,
            HasOnlineOnlyRows = HasOnlineOnlyRows,
            Step = Step is { } step ? new OnlineStep(step.Target, step.IsFull, step.PartsDone) { Undecided = undecided } : null,
        };
}

/// <summary>A step under way.</summary>
internal sealed record StoredStep
{
    public required int Number { get; init; }

    public required IReadOnlyList<OnlineSource> Target { get; init; }

    public required bool IsFull { get; init; }

    /// <summary>The generation that it writes.</summary>
    public required int Generation { get; init; }

    public required ViewLayout Layout { get; init; }

    public required string DefinitionHash { get; init; }

    /// <summary>When it was begun, in microseconds since 1970 UTC.</summary>
    public required long BeganAt { get; init; }

    public long PartsDone { get; init; }

    /// <summary>Keys of the generation.</summary>
    public long Keys { get; init; }

    /// <summary>Keys that are to be replaced before it can be published.</summary>
    public long Undecided { get; init; }

    /// <summary>The newest event that it wrote.</summary>
    public long NewestEvent { get; init; } = long.MinValue;
}

/// <summary>Where things lie in the store. A view's name has no zero byte, so no view's keys begin with another's.</summary>
internal static class StoreKeys
{
    public static byte[] State(string view) => Prefix('s', view);

    public static byte[] Entry(string view, int generation, ReadOnlyMemory<byte> key) => [.. Entries(view, generation), .. key.Span];

    public static byte[] Entries(string view, int generation) => Prefix('e', view, generation);

    /// <summary>A key ends where its bytes say, so what follows it is told apart.</summary>
    public static byte[] Chunk(string view, int generation, ReadOnlyMemory<byte> key, long id) => [.. Chunks(view, generation), .. key.Span, .. BigEndian(id)];

    public static byte[] Chunks(string view, int generation) => Prefix('c', view, generation);

    public static byte[] Pushed(string view, int epoch, ReadOnlyMemory<byte> key) => [.. AllPushed(view, epoch), .. key.Span];

    public static byte[] AllPushed(string view, int epoch) => Prefix('p', view, epoch);

    /// <summary>Keys that a step must replace.</summary>
    public static byte[] Mark(string view, int step, ReadOnlyMemory<byte> key) => [.. Marks(view, step), .. key.Span];

    public static byte[] Marks(string view, int step) => Prefix('m', view, step);

    public static byte[] All(char kind, string view) => Prefix(kind, view);

    private static byte[] Prefix(char kind, string view, int? number = null)
    {
        var length = Encoding.UTF8.GetByteCount(view);
        var prefix = new byte[length + (number is null ? 2 : 6)];
        prefix[0] = (byte)kind;
        Encoding.UTF8.GetBytes(view, prefix.AsSpan(1));
        if (number is { } n)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(length + 2), n);
        }

        return prefix;
    }

    private static byte[] BigEndian(long id)
    {
        var bytes = new byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, id);
        return bytes;
    }
}
