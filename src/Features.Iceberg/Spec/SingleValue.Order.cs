using System.Diagnostics;

namespace Features.Iceberg.Spec;

public static partial class SingleValue
{
    /// <summary>Orders two values of a type: -0 before +0, NaN last, strings by code point, bytes unsigned.</summary>
    public static int Compare(object left, object right, PrimitiveType type) => throw new UnreachableException();

    /// <summary>The longest value that is not above the given one and has at most <paramref name="width"/> code points (strings) or bytes (binary, fixed); other types are returned as they are.</summary>
    public static object TruncateLower(object value, PrimitiveType type, int width = 16) => throw new UnreachableException();

    /// <summary>A value not below the given one with at most <paramref name="width"/> code points or bytes; null if there is none. Other types are returned as they are.</summary>
    public static object? TruncateUpper(object value, PrimitiveType type, int width = 16) => throw new UnreachableException();
}
