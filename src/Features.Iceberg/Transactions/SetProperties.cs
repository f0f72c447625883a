using System.Globalization;
using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Sets table properties; a null value removes one. <c>format-version</c> and the names that other engines reserve for the table's state are refused.</summary>
public sealed class SetProperties(IReadOnlyDictionary<string, string?> changes) : IAction
{
    private static readonly HashSet<string> Reserved =
        ["uuid", "snapshot-count", "current-snapshot-summary", "current-snapshot-id", "current-snapshot-timestamp-ms", "current-schema", "default-partition-spec", "default-sort-order"];

    /// <inheritdoc/>
    /// <exception cref="UnsupportedFeatureException">Another format version is asked for.</exception>
    /// <exception cref="InvalidTableArgumentException">A name is reserved.</exception>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        var properties = new Dictionary<string, string>(metadata.Properties);
        foreach (var (name, value) in changes)
        {
            if (name == "format-version")
            {
                CheckVersion(metadata, value, context.TableName);
            }
            else if (Reserved.Contains(name))
            {
                throw new InvalidTableArgumentException($"the property '{name}' of table '{context.TableName}' is reserved: it stands for the table's own state; choose another name");
            }
            else if (value is null)
            {
                properties.Remove(name);
            }
            else
            {
                properties[name] = value;
            }
        }

        var isSame = properties.Count == metadata.Properties.Count && properties.All(p => metadata.Properties.GetValueOrDefault(p.Key) == p.Value);
        return Task.FromResult(isSame ? metadata : metadata with { Properties = properties });
    }

    // A version is a field of the metadata, not a property; other engines ask for it this way.
    private static void CheckVersion(TableMetadata metadata, string? value, string table)
    {
        if (value != metadata.FormatVersion.ToString(CultureInfo.InvariantCulture))
        {
            throw new UnsupportedFeatureException($"changing the format version to {value ?? "none"}", table, "change it with another engine, or leave it at 2");
        }
    }
}
