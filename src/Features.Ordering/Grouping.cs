using System.Text.Json;

namespace Features.Ordering;

/// <summary>
/// The shape of a grouped order, algorithm <c>grouped-v1</c>. Samples fall into <see cref="Lanes"/> contiguous lanes of equal length, give or
/// take one; a lane is cut into blocks, its blocks are permuted in each epoch, and every <see cref="GroupBlocks"/> of them in a row are
/// shuffled together. None of the three need divide anything; any of them may exceed the number of samples.
/// </summary>
/// <param name="Block">Consecutive samples of a block, from 1; a lane's last block may be shorter.</param>
/// <param name="GroupBlocks">k: blocks of a group, from 1; a lane's last group may have fewer.</param>
/// <param name="Lanes">C: the number of lanes, from 1. It belongs to the order, not to the ranks or servers that it is dealt to.</param>
/// <exception cref="ArgumentOutOfRangeException">A number is below 1.</exception>
public sealed record Grouping(int Block, int GroupBlocks, int Lanes)
{
    /// <summary>The algorithm's name and version, as orders and tickets carry it.</summary>
    public const string Algorithm = "grouped-v1";

    /// <summary>Consecutive samples of a block.</summary>
    public int Block { get; } = AtLeastOne(Block, nameof(Block));

    /// <summary>k: blocks of a group.</summary>
    public int GroupBlocks { get; } = AtLeastOne(GroupBlocks, nameof(GroupBlocks));

    /// <summary>C: the number of lanes.</summary>
    public int Lanes { get; } = AtLeastOne(Lanes, nameof(Lanes));

    /// <summary>Writes <c>{"block":n,"group_blocks":k,"lanes":C}</c>.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        json.WriteNumber("block", Block);
        json.WriteNumber("group_blocks", GroupBlocks);
        json.WriteNumber("lanes", Lanes);
        json.WriteEndObject();
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <exception cref="FormatException">A member is missing, unknown, or no whole number from 1 to 2^31 - 1; every fault is named.</exception>
    public static Grouping Read(JsonElement json) => GroupingReader.Read(json);

    /// <summary>The text that stands for it in an order's identity.</summary>
    public override string ToString() => FormattableString.Invariant($"block={Block},group_blocks={GroupBlocks},lanes={Lanes}");

    private static int AtLeastOne(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, name);
        return value;
    }
}
