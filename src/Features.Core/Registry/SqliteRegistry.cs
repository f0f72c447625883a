using System.Globalization;
using Features.Core.Definitions;
using Features.Core.Definitions.Rules;
using Microsoft.Data.Sqlite;

namespace Features.Core.Registry;

/// <summary>A registry in one SQLite file, which is created where missing. A definition's versions are rows; the highest is the current one.</summary>
public sealed class SqliteRegistry(string path, TimeProvider clock) : IRegistry
{
    private readonly SqliteFile file = new(path, """
        CREATE TABLE IF NOT EXISTS definitions (
            kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, hash TEXT NOT NULL, json TEXT NOT NULL, applied_at TEXT NOT NULL,
            PRIMARY KEY (kind, name, version));
        """);

    /// <inheritdoc/>
    public Task<RegistryPlan> PlanAsync(DefinitionSet definitions, CancellationToken cancellationToken) =>
        file.ReadAsync((connection, transaction) => Plan(Current(connection, transaction), definitions), cancellationToken);

    /// <inheritdoc/>
    public Task<RegistryPlan> ApplyAsync(DefinitionSet definitions, CancellationToken cancellationToken) => file.WriteAsync(
        (connection, transaction) =>
        {
            var plan = Plan(Current(connection, transaction), definitions);
            foreach (var (entry, definition) in plan.Entries.Zip(definitions.Definitions).Where(e => e.First.Change is RegistryChange.Added or RegistryChange.Changed))
            {
                Insert(connection, transaction, entry, definition);
            }

            return plan;
        },
        cancellationToken);

    /// <inheritdoc/>
    public Task<DefinitionSet> LoadAsync(CancellationToken cancellationToken) =>
        file.ReadAsync((connection, transaction) => new DefinitionSet([.. Current(connection, transaction).Select(c => c.Definition)]), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DefinitionVersion>> HistoryAsync(string kind, string name, CancellationToken cancellationToken) => file.ReadAsync<IReadOnlyList<DefinitionVersion>>(
        (connection, transaction) =>
        {
            using var command = Command(connection, transaction, "SELECT version, hash, json, applied_at FROM definitions WHERE kind = $kind AND name = $name ORDER BY version");
            command.Parameters.AddWithValue("$kind", kind);
            command.Parameters.AddWithValue("$name", name);
            return Read(command);
        },
        cancellationToken);

    private static RegistryPlan Plan(IReadOnlyList<DefinitionVersion> current, DefinitionSet definitions)
    {
        var given = definitions.Definitions.Select(d => (d.Kind, d.Name)).ToHashSet();
        var kept = current.Where(c => !given.Contains((c.Definition.Kind, c.Definition.Name))).ToList();

        // What stands may refer to what changes, so the rules are held against all of it.
        var faults = SetRules.Check(new DefinitionSet([.. definitions.Definitions, .. kept.Select(k => k.Definition)]));
        if (faults.Count > 0)
        {
            throw new DefinitionsException(faults);
        }

        var byName = current.ToDictionary(c => (c.Definition.Kind, c.Definition.Name));
        return new RegistryPlan(
        [
            .. definitions.Definitions.Select(d => Entry(d, byName.GetValueOrDefault((d.Kind, d.Name)))),
            .. kept.Select(k => new RegistryEntry(k.Definition.Kind, k.Definition.Name, RegistryChange.Absent, k.Version, k.Hash)),
        ]);
    }

    private static RegistryEntry Entry(Definition definition, DefinitionVersion? standing)
    {
        var hash = CanonicalJson.HashOf(definition);
        var change = standing is null ? RegistryChange.Added : standing.Hash == hash ? RegistryChange.Unchanged : RegistryChange.Changed;
        return new RegistryEntry(definition.Kind, definition.Name, change, (standing?.Version ?? 0) + (change == RegistryChange.Unchanged ? 0 : 1), hash);
    }

    private static List<DefinitionVersion> Current(SqliteConnection connection, SqliteTransaction transaction)
    {
        using var command = Command(connection, transaction, """
            SELECT d.version, d.hash, d.json, d.applied_at FROM definitions AS d
            JOIN (SELECT kind, name, max(version) AS version, min(rowid) AS first FROM definitions GROUP BY kind, name) AS newest
            ON d.kind = newest.kind AND d.name = newest.name AND d.version = newest.version ORDER BY newest.first
            """);
        return Read(command);
    }

    private static List<DefinitionVersion> Read(SqliteCommand command)
    {
        var versions = new List<DefinitionVersion>();
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            var appliedAt = DateTimeOffset.Parse(rows.GetString(3), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
            versions.Add(new DefinitionVersion(rows.GetInt32(0), rows.GetString(1), appliedAt, DefinitionReader.ReadJson(rows.GetString(2), "registry")));
        }

        return versions;
    }

    private void Insert(SqliteConnection connection, SqliteTransaction transaction, RegistryEntry entry, Definition definition)
    {
        using var command = Command(connection, transaction, "INSERT INTO definitions VALUES ($kind, $name, $version, $hash, $json, $at)");
        command.Parameters.AddWithValue("$kind", entry.Kind);
        command.Parameters.AddWithValue("$name", entry.Name);
        command.Parameters.AddWithValue("$version", entry.Version);
        command.Parameters.AddWithValue("$hash", entry.Hash);
        command.Parameters.AddWithValue("$json", CanonicalJson.Of(definition));
        command.Parameters.AddWithValue("$at", clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction transaction, string text)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        // The statements are constants of this file; values go in as parameters.
#pragma warning disable CA2100
        command.CommandText = text;
#pragma warning restore CA2100
        return command;
    }
}
