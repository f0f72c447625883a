using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Features.Server.Workspaces;

/// <summary>Reads <c>features.yaml</c>: unknown keys and wrong types are refused with file, line and column.</summary>
internal static partial class WorkspaceFile
{
    public const string Name = "features.yaml";

    public static async Task<WorkspaceConfig> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var text = await File.ReadAllTextAsync(path, cancellationToken);
        WorkspaceConfig config;
        try
        {
            config = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build().Deserialize<WorkspaceConfig?>(new ExpandingParser(new Parser(new StringReader(text)))) ?? new WorkspaceConfig();
        }
        catch (YamlException exception)
        {
            throw new WorkspaceException(
                "workspace-invalid",
                $"{path}:{exception.Start.Line}:{exception.Start.Column}: {Problem(exception)}; the keys are described in schemas/workspace/v1.json",
                exception);
        }

        (bool Holds, string Fault)[] faults =
        [
            (config.Name is not "", "name is empty: give one, or leave the key out for the folder's name"),
            (config.Engine.MemoryMb >= 64, $"engine.memory_mb is {config.Engine.MemoryMb}: give at least 64"),
            (config.Engine.Threads >= 0, $"engine.threads is {config.Engine.Threads}: give 0 for one a core, or more"),
            (config.Storage.Cache.BudgetMb > 0, $"storage.cache.budget_mb is {config.Storage.Cache.BudgetMb}: give at least 1"),
            .. (config.Storage.Properties ?? []).Keys.Select(name => (
                WorkspaceStorage.Prefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)), $"storage.properties has '{name}': names begin with {string.Join(", ", WorkspaceStorage.Prefixes)}")),
            (config.Engine.Type == "duckdb", $"engine.type is '{config.Engine.Type}': this version has 'duckdb'"),
        ];
        string[] found = [.. faults.Where(f => !f.Holds).Select(f => f.Fault), .. CatalogKeys.Faults(config.Catalog), .. OnlineKeys.Faults(config.Online), .. FlightKeys.Faults(config.Flight), .. TelemetryKeys.Faults(config.Telemetry)];
        return found.Length == 0 ? config : throw new WorkspaceException("workspace-invalid", $"{path}: {string.Join("; ", found)}");
    }

    private static string Problem(YamlException exception)
    {
        var text = exception.InnerException?.Message ?? exception.Message;
        return UnknownKey().Match(text) is { Success: true } key ? $"there is no key '{key.Groups[1].Value}'"
            : exception.InnerException is FormatException ? "the value is no whole number"
            : text.TrimEnd('.');
    }

    // The YAML library names .NET types, which say nothing to who writes the file.
    [GeneratedRegex("^Property '([^']*)' not found")]
    private static partial Regex UnknownKey();
}
