using System.Collections.Immutable;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Scripting.Hosting;

namespace Features.Cli.Tests.Samples;

/// <summary>Answers a notebook's <c>#r</c> lines with the assemblies that stand beside the test, so that the cells run on what was just built and restored.</summary>
internal sealed class NotebookReferences : MetadataReferenceResolver, IDisposable
{
    /// <summary>Loads each reference once, as the very assembly that the test has.</summary>
    public InteractiveAssemblyLoader Loader { get; } = new();

    /// <summary>What the kernel references without being told: the shared frameworks, and its own formatting.</summary>
    public static IEnumerable<Assembly> OfKernel() => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(path => !path.StartsWith(AppContext.BaseDirectory, StringComparison.Ordinal) && Path.GetExtension(path) == ".dll")
        .Select(path => Assembly.Load(AssemblyName.GetAssemblyName(path)))
        .Append(typeof(Microsoft.DotNet.Interactive.Formatting.Formatter).Assembly);

    public override ImmutableArray<PortableExecutableReference> ResolveReference(string reference, string? baseFilePath, MetadataReferenceProperties properties) =>
        [Reference(NameOf(reference), properties)];

    public override bool Equals(object? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

    public void Dispose() => Loader.Dispose();

    private static string NameOf(string reference) => reference switch
    {
        _ when reference.StartsWith("nuget: DuckDB.NET.Data.Full,", StringComparison.Ordinal) => "DuckDB.NET.Data",
        _ when reference.StartsWith("nuget:", StringComparison.Ordinal) => reference["nuget:".Length..].Split(',')[0].Trim(),
        _ => Path.GetFileNameWithoutExtension(reference),
    };

    private PortableExecutableReference Reference(string name, MetadataReferenceProperties properties)
    {
        var assembly = Assembly.Load(new AssemblyName(name));
        Loader.RegisterDependency(assembly);
        return MetadataReference.CreateFromFile(assembly.Location, properties);
    }
}
