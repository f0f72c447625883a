using System.Globalization;
using System.Text.Json;
using Features.Core.Definitions;
using Microsoft.Data.Sqlite;

namespace Features.Core.Registry;

/// <summary>A registry in one SQLite file, which is created where missing. A definition's versions are rows; the highest is the current one, unless its hash is empty: then the definition was removed.</summary>
public sealed class SqliteRegistry(string path, TimeProvider clock) : IRegistry
{
    private readonly SqliteFile file = new(path, """
        CREATE TABLE IF NOT EXISTS definitions (
            kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, hash TEXT NOT NULL, json TEXT NOT NULL, applied_at TEXT NOT NULL,
            PRIMARY KEY (kind, name, version));
        CREATE TABLE IF NOT EXISTS feature_types (
            kind TEXT NOT NULL, name TEXT NOT NULL, version INTEGER NOT NULL, types TEXT NOT NULL,
            PRIMARY KEY (kind, name, version));
        """);

    /// <inheritdoc/>
    public Task<RegistryPlan> PlanAsync(RegistryRequest request, CancellationToken cancellationToken) =>
        file.ReadAsync((connection, transaction) => RegistryPlanning.Plan(Newest(connection, transaction), request), cancellationToken);

    /// <inheritdoc/>
    public Task<RegistryPlan> ApplyAsync(RegistryRequest request, CancellationToken cancellationToken) => file.WriteAsync(
        (connection, transaction) =>
        {
            var newest = Newest(connection, transaction);
            var plan = RegistryPlanning.Plan(newest, request);
            var definitions = request.Definitions.Definitions.Concat(newest.Select(n => n.Definition)).GroupBy(d => (d.Kind, d.Name)).ToDictionary(g => g.Key, g => g.First());
            using var version = Command(connection, transaction, "INSERT INTO definitions VALUES ($kind, $name, $version, $hash, $json, $at)", "$kind", "$name", "$version", "$hash", "$json", "$at");
            using var types = Command(connection, transaction, "INSERT OR REPLACE INTO feature_types VALUES ($kind, $name, $version, $types)", "$kind", "$name", "$version", "$types");
            var at = clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture);
            foreach (var entry in plan.Entries.Where(e => e.Change != RegistryChange.Absent))
            {
                if (entry.Change != RegistryChange.Unchanged)
                {
                    Run(version, entry.Kind, entry.Name, entry.Version, entry.Hash, CanonicalJson.Of(definitions[(entry.Kind, entry.Name)]), at);
                }

                if (entry.Change != RegistryChange.Removed && request.Types.TryGetValue($"{entry.Kind}/{entry.Name}", out var inferred))
                {
                    Run(types, entry.Kind, entry.Name, entry.Version, JsonSerializer.Serialize(inferred));
                }
            }

            return plan;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task<DefinitionSet> LoadAsync(CancellationToken cancellationToken) =>
        new([.. (await ListAsync(cancellationToken).ConfigureAwait(false)).Select(c => c.Definition)]);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DefinitionVersion>> ListAsync(CancellationToken cancellationToken) =>
        file.ReadAsync<IReadOnlyList<DefinitionVersion>>((connection, transaction) => [.. Newest(connection, transaction).Where(v => !v.IsRemoval)], cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<DefinitionVersion>> HistoryAsync(string kind, string name, CancellationToken cancellationToken) => file.ReadAsync<IReadOnlyList<DefinitionVersion>>(
        (connection, transaction) =>
        {
            using var command = Command(connection, transaction, """
                SELECT d.version, d.hash, d.json, d.applied_at, t.types FROM definitions AS d LEFT JOIN feature_types AS t USING (kind, name, version)
                WHERE d.kind = $kind AND d.name = $name ORDER BY d.version
                """);
            command.Parameters.AddWithValue("$kind", kind);
            command.Parameters.AddWithValue("$name", name);
            return Read(command);
        },
        cancellationToken);

    private static List<DefinitionVersion> Newest(SqliteConnection connection, SqliteTransaction transaction)
    {
        using var command = Command(connection, transaction, """
            SELECT d.version, d.hash, d.json, d.applied_at, t.types FROM definitions AS d
            JOIN (SELECT kind, name, max(version) AS version, min(rowid) AS first FROM definitions GROUP BY kind, name) AS newest
            ON d.kind = newest.kind AND d.name = newest.name AND d.version = newest.version
            LEFT JOIN feature_types AS t ON t.kind = d.kind AND t.name = d.name AND t.version = d.version
            ORDER BY newest.first
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
            var version = new DefinitionVersion(rows.GetInt32(0), rows.GetString(1), appliedAt, DefinitionReader.ReadJson(rows.GetString(2), "registry"));
            versions.Add(rows.IsDBNull(4) ? version : version with { Types = JsonSerializer.Deserialize<Dictionary<string, string>>(rows.GetString(4))! });
        }

        return versions;
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(SqliteConnection connection, SqliteTransaction transaction, string text, params ReadOnlySpan<string> parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = transaction;
        // The statements are constants of this file; values go in as parameters.
#pragma warning disable CA2100
        command.CommandText = text;
#pragma warning restore CA2100
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = parameter });
        }

        return command;
    }
}
