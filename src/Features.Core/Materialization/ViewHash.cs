using System.Security.Cryptography;
using System.Text;
using Features.Core.Definitions;
using Features.Core.Engine;

namespace Features.Core.Materialization;

/// <summary>The hash of what a view's stored rows depend on (<see cref="Online.OnlineViewState.DefinitionHash"/>): the view, its entity, and the sources that it reads; what people say about them left out.</summary>
internal static class ViewHash
{
    private static readonly Dictionary<string, string> NoTags = [];

    public static string Of(FeatureView view, Entity entity, DefinitionSet definitions, ISqlEngine engine)
    {
        var names = view.Sql is null ? [view.Source ?? ""] : engine.Analyze(view.Sql).Relations;
        var sources = names.Select(definitions.Find<FeatureSource>).OfType<FeatureSource>().DistinctBy(s => s.Name).OrderBy(s => s.Name, StringComparer.Ordinal);
        var bare = view with { Features = [.. view.Features.Select(f => f with { Description = null, Owner = null, Tags = NoTags })] };
        var text = string.Join('\n', new Definition[] { bare, entity }.Concat(sources).Select(d => CanonicalJson.Of(d with { Description = null, Owner = null, Tags = NoTags })));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
