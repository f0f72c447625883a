using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Features.Server.Workspaces;

/// <summary>Replaces <c>${NAME}</c> in YAML values by environment variables; comments are left alone.</summary>
internal sealed partial class ExpandingParser(IParser inner) : IParser
{
    public ParsingEvent? Current { get; private set; }

    public bool MoveNext()
    {
        var moved = inner.MoveNext();
        Current = inner.Current is Scalar scalar && Variable().IsMatch(scalar.Value)
            ? new Scalar(scalar.Anchor, scalar.Tag, Expand(scalar), scalar.Style, scalar.IsPlainImplicit, scalar.IsQuotedImplicit, scalar.Start, scalar.End)
            : inner.Current;
        return moved;
    }

    private static string Expand(Scalar scalar) => Variable().Replace(scalar.Value, match =>
        Environment.GetEnvironmentVariable(match.Groups[1].Value)
        ?? throw new YamlException(scalar.Start, scalar.End, $"{match.Value} stands for an environment variable that is not set; set {match.Groups[1].Value}"));

    [GeneratedRegex(@"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")]
    private static partial Regex Variable();
}
