using YamlDotNet.RepresentationModel;

namespace Features.Core.Definitions.Yaml;

/// <summary>The faults of one file, collected while it is read.</summary>
internal sealed class YamlFaults(string file)
{
    public List<DefinitionFault> All { get; } = [];

    public SourcePlace PlaceOf(YamlNode node) => new(file, (int)node.Start.Line, (int)node.Start.Column);

    public void Add(YamlNode node, string which, string problem, string remedy) => All.Add(new DefinitionFault(PlaceOf(node), which, problem, remedy));
}
