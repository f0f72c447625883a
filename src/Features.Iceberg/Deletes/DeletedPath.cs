using Features.Iceberg.Storage;

namespace Features.Iceberg.Deletes;

/// <summary>The paths of data files as position deletes name them: writers differ in scheme and authority (<c>s3a:</c> and <c>s3:</c>, with and without the host of a name node), so these are left out.</summary>
internal static class DeletedPath
{
    /// <summary>What two names of the same data file share.</summary>
    public static string Of(string location) => location[PrefixLength(location)..];

    /// <summary>The length of scheme and authority.</summary>
    public static int PrefixLength(string location)
    {
        if (Location.SchemeOf(location) is not { } scheme)
        {
            return 0;
        }

        var start = scheme.Length + 1;
        if (!location.AsSpan(start).StartsWith("//"))
        {
            return start;
        }

        var slash = location.IndexOf('/', start + 2);
        return slash < 0 ? location.Length : slash;
    }
}
