using System.Text.RegularExpressions;

namespace Features.Architecture.Tests;

/// <summary>What every file of the repository keeps to.</summary>
public sealed partial class RepositoryTests
{
    private static readonly string[] Texts = [".cs", ".csproj", ".props", ".targets", ".sh", ".mjs", ".json", ".yaml", ".yml", ".md", ".py", ".proto", ".sql", ".ipynb", ".svg", ".txt", "Dockerfile"];

    private static IEnumerable<string> TextFiles => Checkout.Files().Where(path => Texts.Any(end => path.EndsWith(end, StringComparison.Ordinal)));

    [Fact]
    public void Clocks_AndEntropy_AreBanned()
    {
        Assert.Contains("BannedSymbols.txt", Checkout.Read("Directory.Build.props"), StringComparison.Ordinal);
        var banned = Checkout.Read("BannedSymbols.txt");
        Assert.All(
            ["P:System.DateTime.UtcNow", "P:System.DateTime.Now", "P:System.DateTimeOffset.UtcNow", "P:System.DateTimeOffset.Now", "P:System.Random.Shared", "M:System.Random.#ctor"],
            symbol => Assert.Contains($"{symbol};", banned, StringComparison.Ordinal));
    }

    [Fact]
    public void LockFiles_LeaveTheRegistryToTheMachine() =>
        Faults.AreNone(
            from path in Checkout.Files()
            where Path.GetFileName(path).ToUpperInvariant() switch
            {
                "NUGET.CONFIG" => true,
                "PACKAGE-LOCK.JSON" => Checkout.Read(path).Contains("\"resolved\"", StringComparison.Ordinal),
                ".NPMRC" => Checkout.Read(path).Contains("registry=", StringComparison.Ordinal),
                _ => false,
            }
            select $"{path} names a registry");

    [Fact]
    public void Texts_NameNoFolderOfOneMachine() =>
        Faults.AreNone(
            from path in TextFiles
            from line in Checkout.Read(path).Split('\n').Select((text, index) => (text, number: index + 1))
            where MachineFolder.IsMatch(line.text)
            select $"{path}:{line.number} names {MachineFolder.Match(line.text).Value}");

    [Fact]
    public void Links_InDocuments_LeadToFiles() =>
        Faults.AreNone(
            from path in Checkout.Files().Where(path => path.EndsWith(".md", StringComparison.Ordinal))
            from link in Link.Matches(Checkout.Read(path)).Select(match => match.Groups["to"].Value)
            where !link.Contains("://", StringComparison.Ordinal)
            let target = Path.Combine(Checkout.Root, Path.GetDirectoryName(path)!, link)
            where !File.Exists(target) && !Directory.Exists(target)
            select $"{path} links to {link}");

    [Fact]
    public void Stages_InTheArchitecture_BeginAtTypesThatStand()
    {
        var stages = Stage.Matches(Checkout.Read("docs/ARCHITECTURE.md")).Select(match => $"{match.Groups["folder"].Value}/{match.Groups["type"].Value}.cs").ToList();
        Assert.True(stages.Count > 8);
        Faults.AreNone(stages.Where(path => !File.Exists(Path.Combine(Checkout.Root, path))).Select(path => $"docs/ARCHITECTURE.md names {path}, which does not stand"));
    }

    [GeneratedRegex(@"\| `(?<folder>src/[\w./]+)` \| `(?<type>\w+)` \|")]
    private static partial Regex Stage { get; }

    // A folder under the root, not one that ends in this name; drive letters and URL paths are something else.
    [GeneratedRegex(@"(?<![\w.:}\)/])/(work|home|root|Users)/\w+")]
    private static partial Regex MachineFolder { get; }

    [GeneratedRegex(@"\]\((?<to>[^)#\s]+)(#[^)]*)?\)|src=""(?<to>[^""]+)""", RegexOptions.ExplicitCapture)]
    private static partial Regex Link { get; }
}
