using System.Text.Json.Nodes;
using Features.Core.Definitions.Rules;
using Features.Core.Definitions.Yaml;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Features.Core.Definitions;

/// <summary>Reads definitions from YAML. All faults of all files are found before it fails. The shape: <c>schemas/definitions</c>.</summary>
public static class DefinitionReader
{
    /// <summary>Reads the <c>*.yaml</c> and <c>*.yml</c> files of a folder and its subfolders in the order of their paths, or one file. A file may hold several documents.</summary>
    /// <param name="path">A folder or a file. Places in faults are named as it is written.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="DefinitionsException">Something is wrong; every fault is in it.</exception>
    public static Task<DefinitionSet> ReadAsync(string path, CancellationToken cancellationToken) => ReadAsync([path], cancellationToken);

    /// <summary>Reads several folders and files as one set.</summary>
    /// <exception cref="DefinitionsException">Something is wrong; every fault is in it.</exception>
    public static async Task<DefinitionSet> ReadAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken) =>
        WholeOf(await TryReadAsync(paths, cancellationToken).ConfigureAwait(false));

    /// <summary>Reads several folders and files as one set; what is wrong stands in the result.</summary>
    public static async Task<DefinitionReading> TryReadAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var texts = new List<(string File, string Text)>();
        var faults = new List<DefinitionFault>();
        foreach (var path in paths)
        {
            if (!File.Exists(path) && !Directory.Exists(path))
            {
                faults.Add(new DefinitionFault(null, $"'{path}'", "there is no such file or folder", "name a folder of *.yaml files, or one such file"));
            }

            foreach (var file in FilesOf(path))
            {
                texts.Add((file, await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false)));
            }
        }

        return Build(texts, faults);
    }

    /// <summary>Reads one YAML text; <paramref name="file"/> is what places in faults call it.</summary>
    /// <exception cref="DefinitionsException">Something is wrong; every fault is in it.</exception>
    public static DefinitionSet ReadText(string yaml, string file) => WholeOf(Build([(file, yaml)], []));

    /// <summary>Reads back what <see cref="CanonicalJson.Of"/> wrote. The definition has no place.</summary>
    internal static Definition ReadJson(string json, string origin)
    {
        var faults = new YamlFaults(origin);
        return DocumentReader.Read(JsonAsYaml.Convert(JsonNode.Parse(json)), faults) is { IsWhole: true, Definition: { } definition }
            ? definition with { Place = null }
            : throw new DefinitionsException(faults.All);
    }

    private static DefinitionSet WholeOf(DefinitionReading reading) => reading.Faults.Count == 0 ? reading.Set : throw new DefinitionsException(reading.Faults);

    private static DefinitionReading Build(IEnumerable<(string File, string Text)> texts, List<DefinitionFault> faults)
    {
        var definitions = new List<Definition>();
        var drafts = new List<Definition>();
        var roots = new Dictionary<Definition, (YamlNode Root, YamlFaults Faults)>(ReferenceEqualityComparer.Instance);
        var broken = new HashSet<(string Kind, string Name)>();
        foreach (var (file, text) in texts)
        {
            var inFile = new YamlFaults(file);
            foreach (var root in Documents(file, text, faults))
            {
                if (DocumentReader.Read(root, inFile) is not { } read)
                {
                    continue;
                }

                if (read.Definition is { } definition)
                {
                    (read.IsWhole ? definitions : drafts).Add(definition);
                    roots.Add(definition, (root, inFile));
                }

                if (!read.IsWhole || read.Definition is null)
                {
                    broken.Add((read.Kind, read.Name));
                }
            }

            faults.AddRange(inFile.All);
        }

        var set = new DefinitionSet(definitions);
        SourcePlace? PlaceOf(Definition definition, string path) => roots.TryGetValue(definition, out var at) ? at.Faults.PlaceOf(YamlPath.Find(at.Root, path)) : null;
        faults.AddRange(SetRules.Check(set, drafts, broken, PlaceOf));
        return new DefinitionReading(set, drafts, DefinitionFault.InOrder(faults), PlaceOf);
    }

    private static List<YamlNode> Documents(string file, string text, List<DefinitionFault> faults)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return [.. stream.Documents.Select(d => d.RootNode).Where(r => r is not YamlScalarNode { Value: null or "" })];
        }
        catch (YamlException fault)
        {
            faults.Add(new DefinitionFault(new SourcePlace(file, (int)fault.Start.Line, (int)fault.Start.Column), "document", $"it is not YAML: {fault.Message}", "mend the text at this place; the documents of this file were not read"));
            return [];
        }
    }

    private static IEnumerable<string> FilesOf(string path) => File.Exists(path) ? [path]
        : Directory.Exists(path) ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is ".yaml" or ".yml").Order(StringComparer.Ordinal)
        : [];
}
