namespace Features.DuckDb.Scans;

/// <summary>A row of <c>parquet_schema</c>: the file's schema tree, flattened depth first.</summary>
internal sealed record SchemaNode(string File, string Name, int ChildCount, bool IsRepeated, string Converted, string Logical, int? FieldId, string SqlType)
{
    private bool IsList => Converted == "LIST" || Logical.StartsWith("ListType", StringComparison.Ordinal);

    private bool IsMap => Converted is "MAP" or "MAP_KEY_VALUE" || Logical.StartsWith("MapType", StringComparison.Ordinal);

    /// <summary>The top-level columns of one file's nodes; the first is the root.</summary>
    internal static IReadOnlyList<ParquetColumn> Columns(IEnumerable<SchemaNode> nodes)
    {
        using var rest = nodes.GetEnumerator();
        rest.MoveNext();
        return Children(rest.Current, rest);
    }

    private static ParquetColumn[] Children(SchemaNode parent, IEnumerator<SchemaNode> rest)
    {
        var children = new ParquetColumn[parent.ChildCount];
        for (var i = 0; i < children.Length; i++)
        {
            rest.MoveNext();
            children[i] = Column(rest.Current, rest);
        }

        return children;
    }

    private static ParquetColumn Column(SchemaNode node, IEnumerator<SchemaNode> rest)
    {
        var children = Children(node, rest);
        if (node.ChildCount == 0)
        {
            var primitive = new ParquetColumn(node.Name, node.FieldId, ParquetShape.Primitive, node.SqlType, []);
            return node.IsRepeated ? Repeated(node, primitive) : primitive;
        }

        // "LIST" and "MAP" of the Parquet specification (LogicalTypes.md): the annotated group holds one repeated child, which reading it has made a list already.
        if ((node.IsList || node.IsMap) && children is [{ Shape: ParquetShape.List } entries])
        {
            return node.IsMap && entries.Children is [{ Shape: ParquetShape.Struct, Children.Count: 2 } entry]
                ? new(node.Name, node.FieldId, ParquetShape.Map, "", entry.Children)
                : new(node.Name, node.FieldId, ParquetShape.List, "", entries.Children);
        }

        var group = new ParquetColumn(node.Name, node.FieldId, ParquetShape.Struct, "", children);
        return !node.IsRepeated ? group : Repeated(node, children is [var only] ? only : group);
    }

    private static ParquetColumn Repeated(SchemaNode node, ParquetColumn element) => new(node.Name, node.FieldId, ParquetShape.List, "", [element]);
}
