using System.Diagnostics;
using Features.Testing;

namespace Features.Iceberg;

/// <summary>The library as strangers get it: packed, restored into a project of their own, and used without the rest of the repository.</summary>
public sealed class PackageTests
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private const string Program = """
        using Features.Iceberg.Catalogs;
        using Features.Iceberg.DataFiles;
        using Features.Iceberg.Storage;

        var storage = new LocalObjectStore();
        var table = await TableFolder.OpenAsync(storage, args[0], relocations: null, default);
        long rows = 0;
        await foreach (var batch in table.NewScan().ReadAsync(new ParquetNetFormat(storage), default))
        {
            using (batch)
            {
                rows += batch.Length;
            }
        }

        Console.WriteLine($"{rows} rows");
        """;

    [Fact]
    public async Task Package_ReadsAnotherEnginesTableInAProjectOfItsOwn()
    {
        const string Table = "hadoop_catalog/hadoop_catalog_test/functional_parquet/hadoop_catalog_test";
        var fixture = Fixtures.Find(["iceberg", "impala", .. Table.Split('/')]);
        Assert.SkipWhen(fixture is null, "the Iceberg fixtures are not here");
        var folder = Directory.CreateTempSubdirectory("features-package-");
        var version = $"0.1.0-test.{Guid.NewGuid():N}";
        try
        {
            var project = Path.Combine(Fixtures.Repository, "src", "Features.Iceberg", "Features.Iceberg.csproj");
            await DotnetAsync(Fixtures.Repository, "pack", project, "--no-build", "-c", Configuration, "-o", folder.FullName, $"-p:PackageVersion={version}");
            await WriteConsumerAsync(folder.FullName, version);
            Assert.Equal("20 rows", (await DotnetAsync(folder.FullName, "run", "-c", "Release", "--", fixture!)).Trim().Split('\n')[^1]);
        }
        finally
        {
            folder.Delete(recursive: true);
            RemoveFromCache(version);
        }
    }

    private static async Task WriteConsumerAsync(string folder, string version)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), Program);
        await File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), """
            <configuration>
              <packageSources><add key="packed" value="." /></packageSources>
            </configuration>
            """);
        await File.WriteAllTextAsync(Path.Combine(folder, "consumer.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Features.Iceberg" Version="{version}" /></ItemGroup>
            </Project>
            """);
    }

    // Each run packs a version of its own, or the cache would serve the last one.
    private static void RemoveFromCache(string version)
    {
        var packages = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var cached = new DirectoryInfo(Path.Combine(packages, "features.iceberg", version));
        if (cached.Exists)
        {
            cached.Delete(recursive: true);
        }
    }

    private static async Task<string> DotnetAsync(string folder, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // What this test process was started with is not for the tool.
            Environment = { ["MSBuildSDKsPath"] = null, ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1", ["NUGET_CERT_REVOCATION_MODE"] = "offline" },
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} exited with {process.ExitCode}:\n{output}\n{await errors}");
        return output;
    }
}
