using Features.Iceberg.Spec;

namespace Features.Iceberg.Transactions;

/// <summary>The isolation that a table asks of a command, by its properties <c>write.delete.isolation-level</c>, <c>write.update.isolation-level</c> and <c>write.merge.isolation-level</c>.</summary>
public static class WriteIsolation
{
    /// <summary>The level for a command; <see cref="IsolationLevel.Serializable"/> where the property is not set.</summary>
    /// <exception cref="InvalidTableArgumentException">The property is neither <c>serializable</c> nor <c>snapshot</c>.</exception>
    public static IsolationLevel Of(TableMetadata metadata, RowLevelCommand command)
    {
        var property = PropertyOf(command);
        return metadata.Properties.GetValueOrDefault(property)?.ToLowerInvariant() switch
        {
            null or "serializable" => IsolationLevel.Serializable,
            "snapshot" => IsolationLevel.Snapshot,
            var other => throw new InvalidTableArgumentException($"the property '{property}' of the table at '{metadata.Location}' is '{other}'; set it to serializable or snapshot"),
        };
    }

    /// <summary>The name of the property for a command.</summary>
    public static string PropertyOf(RowLevelCommand command) => command switch
    {
        RowLevelCommand.Delete => "write.delete.isolation-level",
        RowLevelCommand.Update => "write.update.isolation-level",
        _ => "write.merge.isolation-level",
    };
}
