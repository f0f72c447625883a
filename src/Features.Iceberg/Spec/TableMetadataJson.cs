using System.Diagnostics;
using Features.Iceberg.Storage;

namespace Features.Iceberg.Spec;

/// <summary>Table metadata as JSON (Appendix C), versions 1 to 3 read, version 2 written; gzip and zstd are recognised by their first bytes.</summary>
public static partial class TableMetadataJson
{
    /// <summary>Reads a metadata file.</summary>
    /// <exception cref="NotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidFileException">It is not valid metadata; the message names every field at fault.</exception>
    /// <exception cref="UnsupportedFeatureException">Its format version is not known.</exception>
    public static Task<TableMetadata> ReadAsync(IObjectStore storage, string location, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <summary>Reads metadata from the bytes of a file.</summary>
    /// <param name="bytes">The file, compressed or not.</param>
    /// <param name="location">The file's location, for error messages.</param>
    /// <exception cref="InvalidFileException">It is not valid metadata; the message names every field at fault.</exception>
    /// <exception cref="UnsupportedFeatureException">Its format version is not known.</exception>
    public static TableMetadata Read(ReadOnlyMemory<byte> bytes, string location) => throw new UnreachableException();

    /// <summary>Writes a new metadata file, compressed if its name says gzip.</summary>
    /// <exception cref="AlreadyExistsException">The file exists.</exception>
    public static Task WriteAsync(IObjectStore storage, string location, TableMetadata metadata, CancellationToken cancellationToken) => throw new UnreachableException();

    /// <summary>The JSON document of the metadata, uncompressed.</summary>
    public static byte[] Write(TableMetadata metadata) => throw new UnreachableException();
}
