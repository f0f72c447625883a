namespace Features.Core.TrainingSets.Cards;

/// <summary>A definition that a set was made by.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Name">Its name.</param>
/// <param name="Hash">The SHA-256 of its canonical JSON at that time.</param>
/// <param name="State">What became of it.</param>
/// <param name="Description">What the one in force says of itself; null for nothing.</param>
public sealed record CardDefinition(string Kind, string Name, string Hash, CardDefinitionState State, string? Description);

/// <summary>What became of a definition since a set was made by it.</summary>
public enum CardDefinitionState
{
    /// <summary>It is in force as it was.</summary>
    InForce,

    /// <summary>Another version is in force.</summary>
    Changed,

    /// <summary>None of its name is in force; a set can be made without being declared.</summary>
    NotInForce,
}
