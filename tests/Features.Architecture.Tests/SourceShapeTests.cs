using System.Text.RegularExpressions;

namespace Features.Architecture.Tests;

/// <summary>How src/ is laid out: a folder is a concept, a file is one thing that a person can read at a sitting.</summary>
public sealed partial class SourceShapeTests
{
    private const int MaxLines = 400;

    [Fact]
    public void Sources_AreFound() => Assert.True(Checkout.SourceFiles.Count() > 50);

    [Fact]
    public void Folders_AreConcepts() =>
        Faults.AreNone(from path in Checkout.SourceFiles from folder in path.Split('/')[2..^1] where Kinds.IsMatch(folder) select $"{path}: '{folder}' is a kind of type");

    [Fact]
    public void Names_SayWhatIsOwned() =>
        Faults.AreNone(from path in Checkout.SourceFiles where OwnsNothing.IsMatch(Path.GetFileNameWithoutExtension(path)) select $"{path}: name the noun that it owns");

    [Fact]
    public void Files_AreShort() =>
        Faults.AreNone(
            from path in Checkout.SourceFiles
            let lines = Checkout.Read(path).Count(letter => letter == '\n')
            where lines > MaxLines
            select $"{path} has {lines} lines: split it by concept");

    [Fact]
    public void Files_BearTheNameOfAPublicTypeTheyHold() =>
        Faults.AreNone(
            from path in Checkout.SourceFiles
            let types = Checkout.PublicTypes.Matches(Checkout.Read(path)).Select(match => match.Groups["name"].Value).ToList()
            where types.Count > 0 && !types.Contains(Path.GetFileName(path).Split('.')[0])
            select $"{path} holds {string.Join(", ", types)}");

    [Fact]
    public void Namespaces_AreTheFolders() =>
        Faults.AreNone(
            from path in Checkout.SourceFiles
            let declared = Namespace.Match(Checkout.Read(path))
            where declared.Success && declared.Groups["name"].Value != string.Join('.', path.Split('/')[1..^1])
            select $"{path} declares {declared.Groups["name"].Value}");

    [Fact]
    public void Members_AreWritten() =>
        Faults.AreNone(
            from path in Checkout.SourceFiles
            from placeholder in Placeholder.Matches(Checkout.Read(path))
            select $"{path}: '{placeholder.Value.ReplaceLineEndings(" ")}'");

    // A member that does nothing but throw; an arm of a switch that cannot be reached is something else.
    [GeneratedRegex(@"throw new (System\.)?NotImplementedException|\)\s*(=>|\{)\s*throw new (System\.Diagnostics\.)?UnreachableException", RegexOptions.ExplicitCapture)]
    private static partial Regex Placeholder { get; }

    [GeneratedRegex("^(Helpers?|Utils?|Utilities|Common|Models?|Interfaces?|Managers?|Misc|Shared|Abstractions|Extensions|Implementations?|Types|Enums|Exceptions|Dtos?)$", RegexOptions.IgnoreCase)]
    private static partial Regex Kinds { get; }

    [GeneratedRegex("(Manager|Helpers?|Utils?|Utilities|Common|Misc)$")]
    private static partial Regex OwnsNothing { get; }

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Namespace { get; }
}
