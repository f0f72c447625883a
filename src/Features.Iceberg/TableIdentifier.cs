namespace Features.Iceberg;

/// <summary>A table's name in a catalog: one or more namespace levels and a name, written <c>level.level.name</c>.</summary>
public sealed record TableIdentifier(string Namespace, string Name)
{
    /// <summary>Reads <c>namespace.name</c>; the last dot separates the name. Null if there is no namespace or a part is empty.</summary>
    public static TableIdentifier? TryParse(string text)
    {
        var dot = text.LastIndexOf('.');
        var isWhole = dot > 0 && dot < text.Length - 1 && !text.StartsWith('.') && !text.Contains("..", StringComparison.Ordinal)
            && !text.Contains('/', StringComparison.Ordinal);
        return isWhole ? new TableIdentifier(text[..dot], text[(dot + 1)..]) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Namespace}.{Name}";
}
