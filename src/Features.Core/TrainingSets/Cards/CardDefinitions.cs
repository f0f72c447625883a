using Features.Core.Definitions;

namespace Features.Core.TrainingSets.Cards;

/// <summary>The definitions of a manifest, held against those in force.</summary>
internal static class CardDefinitions
{
    private static readonly string[] Kinds = ["TrainingSet", "FeatureService", "FeatureView", "OnDemandView", "FeatureSource", "PushSource", "Entity"];

    public static IReadOnlyList<CardDefinition> Of(TrainingSetManifest manifest, DefinitionSet definitions)
    {
        var standing = definitions.Definitions.ToDictionary(d => $"{d.Kind}/{d.Name}");
        return
        [
            .. manifest.Definitions
                .Select(d => Of(d.Key, d.Value, standing.GetValueOrDefault(d.Key)))
                .OrderBy(d => System.Array.IndexOf(Kinds, d.Kind) is var rank and >= 0 ? rank : Kinds.Length).ThenBy(d => d.Name, StringComparer.Ordinal),
        ];
    }

    private static CardDefinition Of(string key, string hash, Definition? standing)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var state = standing is null ? CardDefinitionState.NotInForce : CanonicalJson.HashOf(standing) == hash ? CardDefinitionState.InForce : CardDefinitionState.Changed;
        return new CardDefinition(key[..Math.Max(0, slash)], key[(slash + 1)..], hash, state, standing?.Description);
    }
}
