using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Features.Core.Definitions;
using Features.Core.Registry;
using Features.DuckDb;
using Features.Iceberg.Spec;

namespace Features.Benchmarks.Definitions;

/// <summary>500 views of 10 features over 50 tables, from the YAML's text to the registry: read, held against each other, typed by the engine, kept.</summary>
public class ApplyBenchmarks
{
    private const int Views = 500;
    private const int Tables = 50;
    private const int FeaturesOfAView = 10;
    private readonly string folder = Directory.CreateTempSubdirectory("apply-").FullName;
    private readonly DuckDbEngine engine = new(new DuckDbEngineOptions());
    private Schema schema = null!;
    private int runs;

    private string Yaml => Path.Combine(folder, "views.yaml");

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var fields = new List<NestedField> { new(1, "id", new PrimitiveType(PrimitiveKind.Long), false), new(2, "at", new PrimitiveType(PrimitiveKind.Timestamp), false), new(3, "known", new PrimitiveType(PrimitiveKind.Timestamp), false) };
        fields.AddRange(Enumerable.Range(0, FeaturesOfAView).Select(i => new NestedField(4 + i, $"c{i}", new PrimitiveType(PrimitiveKind.Double), false)));
        schema = new Schema(0, fields, []);
        var text = new StringBuilder("kind: Entity\nname: e\nkeys: [{ name: id, type: long }]\n");
        for (var v = 0; v < Views; v++)
        {
            text.Append(CultureInfo.InvariantCulture, $"---\nkind: FeatureView\nname: v{v}\nentity: e\nsource: s.t{v % Tables}\nclocks: {{ event: at, available: known }}\nfeatures:\n");
            for (var f = 0; f < FeaturesOfAView; f++)
            {
                text.Append(CultureInfo.InvariantCulture, $"  - {{ name: f{f}, aggregate: avg(c{f} * {v + 1} > {f}), window: {f + 1}h }}\n");
            }
        }

        await File.WriteAllTextAsync(Yaml, text.ToString());
        await ApplyAsync("standing.db");
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await engine.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Benchmark]
    public Task<RegistryPlan> First() => ApplyAsync($"{runs++}.db");

    [Benchmark]
    public Task<RegistryPlan> Again() => ApplyAsync("standing.db");

    private async Task<RegistryPlan> ApplyAsync(string database)
    {
        var registry = new SqliteRegistry(Path.Combine(folder, database), TimeProvider.System);
        var reading = await DefinitionReader.TryReadAsync([Yaml], default);
        var check = await DefinitionChecker.CheckAsync(reading, await registry.LoadAsync(default), engine, (_, _) => Task.FromResult<Schema?>(schema), default);
        return check.Faults.Count > 0
            ? throw new DefinitionsException(check.Faults)
            : await registry.ApplyAsync(new RegistryRequest(reading.Set) { Types = check.Types }, default);
    }
}
