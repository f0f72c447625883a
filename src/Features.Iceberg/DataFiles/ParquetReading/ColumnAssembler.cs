using System.Runtime.InteropServices;
using Apache.Arrow;
using Features.Iceberg.Spec;
using ListType = Features.Iceberg.Spec.ListType;
using MapType = Features.Iceberg.Spec.MapType;
using StructType = Features.Iceberg.Spec.StructType;

namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>
/// Puts a batch's leaves together into Arrow columns of the projection's types, matched by field id at every depth. The slots of a node are the entries of any leaf below it whose
/// repetition level is at most, and whose definition level at least, that of the list it stands in: so each node is built from one leaf's levels alone.
/// </summary>
internal sealed class ColumnAssembler(BatchLeaves leaves)
{
    public ArrayData Assemble(NestedField field, FileNode node) => Assemble(field.Type, field.Name, node, default);

    /// <summary>The leaves that <see cref="Assemble(NestedField, FileNode)"/> reads.</summary>
    public static IEnumerable<FileNode> LeavesOf(IcebergType type, FileNode node) => type switch
    {
        StructType s when !node.IsLeaf => Below(s.Fields.Select(f => (f.Type, node.Children.FirstOrDefault(c => c.FieldId == f.Id))), node),
        ListType l when node.List() is { } list => Below([(l.Element, list.Element)], list.Element),
        MapType m when node.Map() is { } map => Below([(m.Key, map.Key), (m.Value, map.Value)], map.Key),
        PrimitiveType { Kind: PrimitiveKind.Variant } => node.Flatten().Where(n => n.IsLeaf),
        _ => [node.FirstLeaf],
    };

    private ArrayData Assemble(IcebergType type, string path, FileNode node, Enclosing list)
    {
        switch (type)
        {
            case StructType s when !node.IsLeaf:
                return AssembleStruct(s, path, node, list);
            case ListType l when node.List() is { } nested:
                var (lists, inner) = Offsets(path, node, nested.Repeated, nested.Element.FirstLeaf, list);
                var elements = Whole(Assemble(l.Element, $"{path}.element", nested.Element, inner), lists.Elements, path);
                return new ArrayData(ArrowSchema.TypeOf(type, path), lists.Length, lists.Nulls, 0, [lists.Validity, lists.Offsets], [elements]);
            case MapType m when node.Map() is { } map:
                var (maps, entry) = Offsets(path, node, map.Repeated, map.Key.FirstLeaf, list);
                var keys = Whole(Assemble(m.Key, $"{path}.key", map.Key, entry), maps.Elements, path);
                var values = Whole(Assemble(m.Value, $"{path}.value", map.Value, entry), maps.Elements, path);
                var arrow = (Apache.Arrow.Types.MapType)ArrowSchema.TypeOf(type, path);
                var entries = new ArrayData(arrow.KeyValueType, keys.Length, 0, 0, [ArrowBuffer.Empty], [keys, values]);
                return new ArrayData(arrow, maps.Length, maps.Nulls, 0, [maps.Validity, maps.Offsets], [entries]);
            case PrimitiveType { Kind: PrimitiveKind.Variant } when !node.IsLeaf:
                return ShreddedVariant.Assemble(node, new StructArray(AssembleStruct(ShreddedVariant.GroupOf(node), path, node, list)));
            case PrimitiveType { Kind: PrimitiveKind.Unknown }:
                var rows = Sources(leaves.Of(node.FirstLeaf), node, list).Length;
                return ConstantArray.Of(type, null, rows, path).Data;
            case PrimitiveType p when node.IsLeaf:
                var leaf = leaves.Of(node);
                return LeafConversion.Convert(p, node.Annotation, leaf.Values, ValueSources(leaf, node, list), path);
            default:
                throw new InvalidDataException($"column '{path}' is {SchemaJson.NameOf(type)} in the table, and {(node.IsLeaf ? "a primitive" : "a nested")} column in the file");
        }
    }

    private ArrayData AssembleStruct(StructType type, string path, FileNode node, Enclosing list)
    {
        var matches = type.Fields.Select(f => node.Children.FirstOrDefault(c => c.FieldId == f.Id)).ToArray();
        var levels = leaves.Of((matches.FirstOrDefault(m => m is not null) ?? node).FirstLeaf);
        var slots = Sources(levels, node, list);
        var (validity, nulls) = LeafConversion.Validity(slots);
        var children = new List<ArrayData>();
        for (var i = 0; i < matches.Length; i++)
        {
            var field = type.Fields[i];
            children.Add(matches[i] is { } child
                ? Whole(Assemble(field.Type, $"{path}.{field.Name}", child, list), slots.Length, path)
                : Absent(field, slots.Length, $"{path}.{field.Name}"));
        }

        return new ArrayData(ArrowSchema.TypeOf(type, path), slots.Length, nulls, 0, [validity], children);
    }

    // The levels of each leaf tell of the structs and lists around it anew, and in a damaged file not the same.
    private static ArrayData Whole(ArrayData child, int length, string path) => child.Length == length
        ? child
        : throw new InvalidDataException($"the columns within '{path}' have {child.Length} and {length} values where they must have as many");

    private static IEnumerable<FileNode> Below(IEnumerable<(IcebergType Type, FileNode? Node)> children, FileNode levels) =>
        children.Where(c => c.Node is not null).SelectMany(c => LeavesOf(c.Type, c.Node!)).Append(levels.FirstLeaf);

    private static ArrayData Absent(NestedField field, int length, string path) => field.Required && field.InitialDefault is null
        ? throw new InvalidDataException($"column '{path}' (id {field.Id}) is required, has no default and is not in the file")
        : ConstantArray.Of(field.Type, field.InitialDefault, length, path).Data;

    /// <summary>-1 where the node is null, else 0, for each of its slots.</summary>
    private static int[] Sources(LeafData leaf, FileNode node, Enclosing list)
    {
        var slots = new List<int>(leaf.Count);
        for (var i = 0; i < leaf.Count; i++)
        {
            if (list.HasSlot(leaf, i))
            {
                slots.Add(leaf.DefinitionAt(i) >= node.Definition ? 0 : -1);
            }
        }

        return [.. slots];
    }

    /// <summary>The index of each slot's value, or -1.</summary>
    private static int[] ValueSources(LeafData leaf, FileNode node, Enclosing list)
    {
        var slots = new int[leaf.Count];
        int count = 0, value = 0;
        for (var i = 0; i < leaf.Count; i++)
        {
            var isPresent = leaf.DefinitionAt(i) == node.Definition;
            if (list.HasSlot(leaf, i))
            {
                slots[count++] = isPresent ? value : -1;
            }

            value += isPresent ? 1 : 0;
        }

        return count == slots.Length ? slots : slots[..count];
    }

    private (Lists Lists, Enclosing Inner) Offsets(string path, FileNode node, FileNode repeated, FileNode leafNode, Enclosing list)
    {
        var leaf = leaves.Of(leafNode);
        var inner = new Enclosing(repeated.Repetition, repeated.Definition);
        // A repeated field that is itself the list cannot be null; then there is no level for it.
        var present = node == repeated ? repeated.Definition - 1 : node.Definition;
        var slots = new List<int>();
        var offsets = new List<int>();
        var elements = 0;
        for (var i = 0; i < leaf.Count; i++)
        {
            if (list.HasSlot(leaf, i))
            {
                offsets.Add(elements);
                slots.Add(leaf.DefinitionAt(i) >= present ? 0 : -1);
            }

            elements += inner.HasSlot(leaf, i) ? 1 : 0;
        }

        if (offsets.Count == 0 && elements > 0)
        {
            throw new InvalidDataException($"column '{path}' begins within a list");
        }

        offsets.Add(elements);
        var (validity, nulls) = LeafConversion.Validity([.. slots]);
        return (new Lists(slots.Count, elements, validity, nulls, new ArrowBuffer(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(offsets)).ToArray())), inner);
    }

    /// <summary>The innermost repeated node that a slot lies in, by its levels; zeros for rows.</summary>
    private readonly record struct Enclosing(int Repetition, int Definition)
    {
        public bool HasSlot(LeafData leaf, int i) => leaf.RepetitionAt(i) <= Repetition && leaf.DefinitionAt(i) >= Definition;
    }

    private sealed record Lists(int Length, int Elements, ArrowBuffer Validity, int Nulls, ArrowBuffer Offsets);
}
