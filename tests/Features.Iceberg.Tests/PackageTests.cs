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

    [Fact]
    public async Task Package_InAProjectOfItsOwn_RunsTheTourOfItsReadme()
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
            var said = await DotnetAsync(folder.FullName, "run", "-c", "Release", "--", fixture!);
            Assert.EndsWith($"{Block("text")}20 rows by another engine\n", said.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
            RemoveFromCache(version);
        }
    }

    private static async Task WriteConsumerAsync(string folder, string version)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), Block("csharp"));
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

    private static string Block(string language) =>
        File.ReadAllText(Path.Combine(Fixtures.Repository, "src", "Features.Iceberg", "README.md")).ReplaceLineEndings("\n").Split($"```{language}\n")[1].Split("```")[0];

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
