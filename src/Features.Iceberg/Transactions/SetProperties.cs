using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>Sets table properties; a null value removes one.</summary>
public sealed class SetProperties(IReadOnlyDictionary<string, string?> changes) : IAction
{
    /// <inheritdoc/>
    public Task<TableMetadata> ApplyAsync(TableMetadata metadata, CommitContext context, CancellationToken cancellationToken)
    {
        var properties = new Dictionary<string, string>(metadata.Properties);
        foreach (var (name, value) in changes)
        {
            if (value is null)
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
}
