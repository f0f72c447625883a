namespace Features.Core.TrainingSets.Cards;

/// <summary>A file that holds rows of a set.</summary>
/// <param name="Location">Where it stands.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">The SHA-256 of its bytes, lower-case hex.</param>
public sealed record CardFile(string Location, long Bytes, string Sha256);
