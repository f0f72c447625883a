using System.Diagnostics;

namespace Features.Iceberg.Spec;

/// <summary>Schemas and types as JSON (Appendix C).</summary>
public static partial class SchemaJson
{
    /// <summary>Reads a schema from its JSON text.</summary>
    /// <param name="json">The JSON text.</param>
    /// <param name="location">What holds it, for error messages.</param>
    /// <exception cref="InvalidFileException">It is no schema; the message names the field at fault.</exception>
    public static Schema Parse(string json, string location) => throw new UnreachableException();

    /// <summary>The schema's JSON text.</summary>
    public static string ToJson(Schema schema) => throw new UnreachableException();

    /// <summary>The name of a type as the specification writes it: <c>decimal(9,2)</c>, <c>struct&lt;…&gt;</c>, ….</summary>
    public static string NameOf(IcebergType type) => throw new UnreachableException();
}
