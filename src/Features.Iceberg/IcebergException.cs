namespace Features.Iceberg;

/// <summary>The base of every error of this library: says what failed, on which object, and what to do.</summary>
public abstract class IcebergException : Exception
{
    private protected IcebergException(string code, string message, bool isTransient, Exception? inner)
        : base(message, inner)
    {
        Code = code;
        IsTransient = isTransient;
    }

    /// <summary>A stable kebab-case name of the kind of error, such as <c>table-not-found</c>.</summary>
    public string Code { get; }

    /// <summary>True if the same call may succeed when it is repeated unchanged.</summary>
    public bool IsTransient { get; }
}

/// <summary>A named thing (table, namespace, snapshot, ref, file) does not exist.</summary>
public sealed class NotFoundException(string kind, string name, string remedy, Exception? inner = null)
    : IcebergException($"{kind}-not-found", $"{kind} '{name}' does not exist; {remedy}", false, inner)
{
    /// <summary>What was looked for: <c>table</c>, <c>namespace</c>, <c>snapshot</c>, <c>ref</c> or <c>file</c>.</summary>
    public string Kind { get; } = kind;

    /// <summary>The name or location that was looked for.</summary>
    public string Name { get; } = name;

    /// <summary>Names of the same kind that may have been meant, the nearest first; they are in the message too. Whoever answers strangers asks first whether they may know them.</summary>
    public IReadOnlyList<string> Near { get; init; } = [];
}

/// <summary>A named thing exists already.</summary>
public sealed class AlreadyExistsException(string kind, string name, string remedy)
    : IcebergException($"{kind}-exists", $"{kind} '{name}' exists already; {remedy}", false, null);

/// <summary>A namespace that was to be dropped holds something.</summary>
public sealed class NamespaceNotEmptyException(string name)
    : IcebergException("namespace-not-empty", $"namespace '{name}' is not empty; drop or rename what it holds first: tables, views and namespaces", false, null)
{
    /// <summary>The namespace, levels joined with dots.</summary>
    public string Name { get; } = name;
}

/// <summary>A file is not what it claims to be, or contradicts the specification.</summary>
public sealed class InvalidFileException(string location, string fault, Exception? inner = null)
    : IcebergException("invalid-file", $"'{location}' cannot be read: {fault}", false, inner)
{
    /// <summary>The file's location as the caller named it.</summary>
    public string Location { get; } = location;
}

/// <summary>A file or table uses something that this version refuses by name rather than misread.</summary>
public sealed class UnsupportedFeatureException(string what, string which, string remedy)
    : IcebergException("unsupported", $"{what} in '{which}' is not supported; {remedy}", false, null);

/// <summary>An argument contradicts the table: an unknown column, a value of another type, a requirement not met.</summary>
public sealed class InvalidTableArgumentException(string message)
    : IcebergException("invalid-argument", message, false, null);

/// <summary>Another writer committed first and the change can no longer be applied, or retries ran out.</summary>
public sealed class CommitConflictException(string table, string reason, Exception? inner = null)
    : IcebergException("commit-conflict", $"table '{table}' was changed by another writer: {reason}; read it again and repeat the operation", true, inner);

/// <summary>The catalog did not say whether the commit took place; it was checked and is still unknown.</summary>
public sealed class CommitStateUnknownException(string table, Exception inner, string? metadataLocation = null)
    : IcebergException("commit-unknown", $"the catalog did not say whether the commit to '{table}' took place; no file was deleted, read the table's history before repeating", false, inner)
{
    /// <summary>The metadata file that became current if the commit took place; null if the catalog writes it itself.</summary>
    public string? MetadataLocation { get; } = metadataLocation;
}

/// <summary>The object store refused or failed an operation.</summary>
public sealed class StorageException(string location, string fault, string remedy, bool isTransient, Exception? inner = null)
    : IcebergException("storage", $"'{location}': {fault}; {remedy}", isTransient, inner)
{
    /// <summary>The location of the object.</summary>
    public string Location { get; } = location;
}

/// <summary>A location lies outside of what may be touched here, or could mean another place than it seems to; nothing was read or written.</summary>
public sealed class LocationNotAllowedException(string location, string fault, string remedy)
    : IcebergException("location-not-allowed", $"'{location}' is not opened: {fault}; {remedy}", false, null)
{
    /// <summary>The location as it was named.</summary>
    public string Location { get; } = location;
}
