namespace Features.Iceberg.DataFiles.ParquetReading;

/// <summary>A node of a file's schema, with what its levels mean. Lists and maps are resolved to their elements, whatever way their writer nested them.</summary>
internal sealed class FileNode
{
    private FileNode(SchemaElement element, FileNode? parent)
    {
        Element = element;
        Name = element.Name;
        Path = parent is null ? [element.Name] : [.. parent.Path, element.Name];
        IsRepeated = element.Repetition == DataFiles.Repetition.Repeated;
        Definition = (parent?.Definition ?? 0) + (element.Repetition is null or DataFiles.Repetition.Required ? 0 : 1);
        Repetition = (parent?.Repetition ?? 0) + (IsRepeated ? 1 : 0);
        FieldId = element.FieldId;
        Annotation = Annotation.Of(element);
    }

    public SchemaElement Element { get; }

    public string Name { get; }

    public IReadOnlyList<string> Path { get; }

    /// <summary>The field id; given by a name mapping where the file has none.</summary>
    public int? FieldId { get; set; }

    /// <summary>What a leaf's values mean.</summary>
    public Annotation Annotation { get; }

    public bool IsRepeated { get; }

    /// <summary>The definition level from which this node is present.</summary>
    public int Definition { get; }

    public int Repetition { get; }

    public IReadOnlyList<FileNode> Children { get; private set; } = [];

    public bool IsLeaf => Element.Type is not null;

    public FileNode FirstLeaf => IsLeaf ? this : Children[0].FirstLeaf;

    public bool IsAnnotatedList => Element.Logical?.Kind == LogicalKind.List || Element.Converted == ConvertedType.List;

    public bool IsAnnotatedMap => Element.Logical?.Kind == LogicalKind.Map || Element.Converted is ConvertedType.Map or ConvertedType.MapKeyValue;

    /// <summary>The top-level nodes of a file's flattened schema.</summary>
    public static IReadOnlyList<FileNode> Read(IReadOnlyList<SchemaElement> elements)
    {
        var next = 1;
        var roots = ReadChildren(elements, elements[0].ChildCount, null, ref next, depth: 0);
        return next == elements.Count ? roots : throw new InvalidDataException($"its schema has {elements.Count} elements, of which {next} are reached");
    }

    public IEnumerable<FileNode> Flatten() => Children.SelectMany(c => c.Flatten()).Prepend(this);

    /// <summary>
    /// The repeated node and the element of a list, by the compatibility rules of the Parquet format: where a writer left out the inner group, both are the same node. Null if this is no list.
    /// </summary>
    public (FileNode Repeated, FileNode Element)? List()
    {
        if (IsRepeated && !IsAnnotatedList && !IsAnnotatedMap)
        {
            return (this, this);
        }

        if (IsLeaf || IsAnnotatedMap || Children is not [{ IsRepeated: true } repeated])
        {
            return null;
        }

        var isElement = repeated.IsLeaf || repeated.Children.Count != 1 || repeated.Name == "array" || repeated.Name == Name + "_tuple" || repeated.Children[0].IsRepeated;
        return (repeated, isElement ? repeated : repeated.Children[0]);
    }

    /// <summary>The repeated node, key and value of a map; null if this is no map.</summary>
    public (FileNode Repeated, FileNode Key, FileNode Value)? Map() =>
        !IsLeaf && Children is [{ IsRepeated: true, Children: [var key, var value] } repeated] ? (repeated, key, value) : null;

    private static List<FileNode> ReadChildren(IReadOnlyList<SchemaElement> elements, int count, FileNode? parent, ref int next, int depth)
    {
        if (depth > 100)
        {
            throw new InvalidDataException("its schema is nested deeper than 100 levels");
        }

        var children = new List<FileNode>();
        for (var i = 0; i < count; i++)
        {
            if (next >= elements.Count)
            {
                throw new InvalidDataException("its schema ends early");
            }

            var node = new FileNode(elements[next++], parent);
            if (!node.IsLeaf)
            {
                node.Children = ReadChildren(elements, node.Element.ChildCount, node, ref next, depth + 1);
                if (node.Children.Count == 0)
                {
                    throw new InvalidDataException($"its group '{string.Join('.', node.Path)}' is empty");
                }
            }

            children.Add(node);
        }

        return children;
    }
}
