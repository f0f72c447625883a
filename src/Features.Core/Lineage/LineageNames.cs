using Features.Iceberg;

namespace Features.Core.Lineage;

/// <summary>How OpenLineage names datasets ("Naming"): where it lies is the namespace, what it is called there is the name.</summary>
public static class LineageNames
{
    /// <summary>A file or object by its location: <c>file</c> and <c>/abs/path</c>; <c>s3://bucket</c> and the key; <c>abfss://container@account.dfs.core.windows.net</c> and the path.</summary>
    public static (string Namespace, string Name) Of(string location)
    {
        if (!location.Contains("://", StringComparison.Ordinal) && !location.StartsWith("file:", StringComparison.Ordinal))
        {
            return ("file", Path.GetFullPath(location));
        }

        var uri = new Uri(location);
        return uri.Scheme switch
        {
            "file" => ("file", uri.LocalPath),
            "s3" or "s3a" or "s3n" => ($"s3://{uri.Host}", Uri.UnescapeDataString(uri.AbsolutePath).TrimStart('/')),
            "abfss" or "abfs" => ($"{uri.Scheme}://{uri.UserInfo}@{uri.Host}", Uri.UnescapeDataString(uri.AbsolutePath)),
            _ => ($"{uri.Scheme}://{uri.Authority}", Uri.UnescapeDataString(uri.AbsolutePath).TrimStart('/')),
        };
    }

    /// <summary>An Iceberg table: the location of its files. Its catalog name is a symlink.</summary>
    public static (string Namespace, string Name) Of(Table table) => Of(table.Metadata.Location);
}
