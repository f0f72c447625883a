namespace Features.Core.Ingestion;

/// <summary>Rows cannot be pushed as asked; the message names what and says what to do.</summary>
public sealed class PushException(string code, string message) : FeaturesException(code, message);
