using Apache.Arrow;
using Features.Iceberg.Spec;

namespace Features.Iceberg.DataFiles.ParquetWriting;

/// <summary>Positions of a node's values in its Arrow array (-1 where an ancestor or the value itself is null or empty), with their levels.</summary>
internal sealed class Slots(int capacity)
{
    public int Count { get; private set; }

    public int[] Index { get; private set; } = new int[capacity];

    public byte[] Repetition { get; private set; } = new byte[capacity];

    public byte[] Definition { get; private set; } = new byte[capacity];

    public static Slots OfRows(int start, int count)
    {
        var slots = new Slots(count) { Count = count };
        for (var i = 0; i < count; i++)
        {
            slots.Index[i] = start + i;
        }

        return slots;
    }

    public void Add(int index, byte repetition, byte definition)
    {
        if (Count == Index.Length)
        {
            var capacity = Math.Max(16, Count * 2);
            (var indices, var repetitions, var definitions) = (Index, Repetition, Definition);
            System.Array.Resize(ref indices, capacity);
            System.Array.Resize(ref repetitions, capacity);
            System.Array.Resize(ref definitions, capacity);
            (Index, Repetition, Definition) = (indices, repetitions, definitions);
        }

        (Index[Count], Repetition[Count], Definition[Count]) = (index, repetition, definition);
        Count++;
    }
}

/// <summary>Takes Arrow arrays apart into leaves with repetition and definition levels.</summary>
internal sealed class Shredder(IReadOnlyDictionary<SchemaNode, LeafColumn> leaves)
{
    public void Shred(SchemaNode node, IArrowArray array, Slots slots)
    {
        var present = Present(node, array, slots);
        switch (node.Type)
        {
            case StructType:
                var fields = ((StructArray)array).Fields;
                foreach (var child in node.Children)
                {
                    Shred(child, fields[child.Place], present);
                }

                break;
            case MapType:
                var entries = ((MapArray)array).KeyValues;
                var pairs = Elements((MapArray)array, node.Children[0], present);
                Shred(node.Children[0].Children[0], entries.Fields[0], pairs);
                Shred(node.Children[0].Children[1], entries.Fields[1], pairs);
                break;
            case ListType:
                Shred(node.Children[0].Children[0], ((ListArray)array).Values, Elements((ListArray)array, node.Children[0], present));
                break;
            default:
                leaves[node].Append(array, present);
                break;
        }
    }

    private static Slots Present(SchemaNode node, IArrowArray array, Slots slots)
    {
        if (node.Repetition == Repetition.Required)
        {
            RefuseNulls(node, array, slots);
            return slots;
        }

        var present = new Slots(slots.Count);
        var level = (byte)node.DefinitionLevel;
        var mayBeNull = array.NullCount != 0;
        for (var i = 0; i < slots.Count; i++)
        {
            var index = slots.Index[i];
            if (index < 0 || (mayBeNull && array.IsNull(index)))
            {
                present.Add(-1, slots.Repetition[i], slots.Definition[i]);
            }
            else
            {
                present.Add(index, slots.Repetition[i], level);
            }
        }

        return present;
    }

    private static void RefuseNulls(SchemaNode node, IArrowArray array, Slots slots)
    {
        if (array.NullCount == 0)
        {
            return;
        }

        for (var i = 0; i < slots.Count; i++)
        {
            if (slots.Index[i] >= 0 && array.IsNull(slots.Index[i]))
            {
                throw new InvalidTableArgumentException($"column '{string.Join('.', node.Path)}' is required and has a null; fill it or make the column optional");
            }
        }
    }

    private static Slots Elements(ListArray array, SchemaNode repeated, Slots lists)
    {
        var elements = new Slots(lists.Count);
        var offsets = array.ValueOffsets;
        for (var i = 0; i < lists.Count; i++)
        {
            var index = lists.Index[i];
            var (start, end) = index < 0 ? (0, 0) : (offsets[index], offsets[index + 1]);
            if (start == end)
            {
                elements.Add(-1, lists.Repetition[i], lists.Definition[i]);
            }

            for (var j = start; j < end; j++)
            {
                elements.Add(j, j == start ? lists.Repetition[i] : (byte)repeated.RepetitionLevel, (byte)repeated.DefinitionLevel);
            }
        }

        return elements;
    }
}
