namespace Features.Architecture.Tests;

/// <summary>What each project may know: the arrows of docs/ARCHITECTURE.md.</summary>
public sealed class ProjectArrowTests
{
    private static readonly string[] Grpc = ["Grpc.", "Google.Protobuf"];
    private static readonly string[] Clouds = ["AWSSDK.", "Azure.", "Google.Cloud."];
    private static readonly string[] Engines = ["DuckDB."];

    private static readonly Dictionary<string, (string[] MayReference, bool MayBeWeb, string[] NeverRunsWith)> Rules = new()
    {
        ["Features.Iceberg"] = ([], false, [.. Engines, .. Grpc, .. Clouds, "Microsoft.AspNetCore.", "YamlDotNet"]),
        ["Features.Iceberg.S3"] = (["Features.Iceberg"], false, [.. Engines, .. Grpc, "Azure.", "Microsoft.AspNetCore.", "YamlDotNet"]),
        ["Features.Iceberg.Azure"] = (["Features.Iceberg"], false, [.. Engines, .. Grpc, "AWSSDK.", "Microsoft.AspNetCore.", "YamlDotNet"]),
        ["Features.Ordering"] = ([], false, [""]),
        ["Features.Core"] = (["Features.Iceberg", "Features.Ordering"], false, [.. Engines, .. Grpc, .. Clouds, "Microsoft.AspNetCore.", "CloudNative."]),
        ["Features.DuckDb"] = (["Features.Core", "Features.Iceberg"], false, [.. Grpc, .. Clouds, "Microsoft.AspNetCore."]),
        ["Features.Flight"] = (["Features.Ordering"], true, [.. Engines, .. Clouds, "Parquet.", "Microsoft.Data.", "YamlDotNet"]),
        ["Features.Functions"] = (["Features.Core"], true, [.. Engines, .. Grpc]),
        ["Features.Server"] = (["Features.Core", "Features.DuckDb", "Features.Flight", "Features.Functions", "Features.Iceberg", "Features.Iceberg.Azure", "Features.Iceberg.S3", "Features.Ordering"], true, []),
        ["Features.Cli"] = (["Features.Server", "Features.Core", "Features.Flight", "Features.Iceberg", "Features.Ordering"], true, []),
    };

    [Fact]
    public void EveryProject_HasARule() => Assert.Equal(Rules.Keys.Order(), Checkout.SourceProjects.Select(project => project.Name).Order());

    [Fact]
    public void References_FollowTheArrows() =>
        Faults.AreNone(Checkout.SourceProjects.SelectMany(project => project.References.Except(Rules[project.Name].MayReference).Select(to => $"{project.Name} must not know {to}")));

    [Fact]
    public void WebFramework_StandsOnlyInHostsAndEndpoints() =>
        Faults.AreNone(Checkout.SourceProjects.Where(project => project.IsWeb && !Rules[project.Name].MayBeWeb).Select(project => $"{project.Name} must not know ASP.NET"));

    [Fact]
    public void Packages_ReachNoProjectThatMustNotKnowThem() =>
        Faults.AreNone(
            from project in Checkout.SourceProjects
            from package in project.Packages
            where Rules[project.Name].NeverRunsWith.Any(prefix => package.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            select $"{project.Name} must not run with {package}");

    [Fact]
    public void LockFiles_AreReadAsTheyAreMeant()
    {
        // Guards the rules above against a lock file that says nothing: the engine does reach the projects that may have it.
        Assert.Contains("DuckDB.NET.Data.Full", Project.In(Path.Combine(Checkout.Root, "src", "Features.DuckDb")).Packages);
        Assert.Contains("DuckDB.NET.Data.Full", Project.In(Path.Combine(Checkout.Root, "src", "Features.Server")).Packages);
    }

    [Fact]
    public void EveryProject_HasTestsAndStandsInTheSolution()
    {
        var solution = Checkout.Read("Features.sln").Replace('\\', '/');
        Faults.AreNone(
            from project in Checkout.SourceProjects
            from path in new[] { $"src/{project.Name}/{project.Name}.csproj", $"tests/{project.Name}.Tests/{project.Name}.Tests.csproj" }
            where !solution.Contains($"\"{path}\"", StringComparison.Ordinal) || !File.Exists(Path.Combine(Checkout.Root, path))
            select $"{path} is missing, or is not in Features.sln");
    }
}
