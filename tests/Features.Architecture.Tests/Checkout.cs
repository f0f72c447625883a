using System.Text.RegularExpressions;
using System.Xml.Linq;
using Features.Testing;

namespace Features.Architecture.Tests;

/// <summary>The files of this repository as a reader of it sees them: without what a build, a test run or git leaves behind.</summary>
internal static partial class Checkout
{
    private static readonly HashSet<string> Generated = ["bin", "obj", "node_modules", ".git", ".vs", ".features", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", "__pycache__"];

    public static string Root => Fixtures.Repository;

    public static IEnumerable<Project> SourceProjects => Directory.GetDirectories(Path.Combine(Root, "src")).Order().Select(Project.In);

    public static IEnumerable<string> SourceFiles => Files("src").Where(path => path.EndsWith(".cs", StringComparison.Ordinal));

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IEnumerable<string> Files(string folder = "")
    {
        var pending = new Stack<DirectoryInfo>([new DirectoryInfo(Path.Combine(Root, folder))]);
        while (pending.TryPop(out var directory))
        {
            foreach (var child in directory.GetDirectories().Where(child => !Generated.Contains(child.Name)))
            {
                pending.Push(child);
            }

            foreach (var file in directory.GetFiles())
            {
                yield return Path.GetRelativePath(Root, file.FullName).Replace('\\', '/');
            }
        }
    }

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Types that stand at the left margin of a file, and so are not nested.</summary>
    [GeneratedRegex(@"^public [^=(\n]*?\b(?:class|record struct|record|struct|interface|enum|delegate \w+)\s+(?<name>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    public static partial Regex PublicTypes { get; }
}

/// <summary>A project as its file and its lock file describe it.</summary>
/// <param name="Packages">Every package it runs with, its own and those of the projects below it.</param>
internal sealed record Project(string Name, IReadOnlySet<string> References, IReadOnlySet<string> Packages, bool IsWeb)
{
    public static Project In(string folder)
    {
        var name = Path.GetFileName(folder);
        var file = XDocument.Load(Path.Combine(folder, $"{name}.csproj"));
        using var locked = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "packages.lock.json")));
        return new Project(
            name,
            file.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/'))).ToHashSet(),
            locked.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(framework => framework.Value.EnumerateObject())
                .Where(package => package.Value.GetProperty("type").GetString() != "Project").Select(package => package.Name)
                .Where(package => !package.EndsWith("Analyzers", StringComparison.Ordinal)).ToHashSet(),
            file.Descendants("FrameworkReference").Any() || file.Root!.Attribute("Sdk")!.Value != "Microsoft.NET.Sdk");
    }
}
