namespace Features.Core.Materialization;

/// <summary>A view cannot be materialised; the message names what and says what to do.</summary>
public sealed class MaterializationException(string code, string message, Exception? inner = null) : FeaturesException(code, message, inner: inner);
