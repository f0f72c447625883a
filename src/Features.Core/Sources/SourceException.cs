namespace Features.Core.Sources;

/// <summary>A source cannot be read as it is; the message names the file and what to do.</summary>
public sealed class SourceException(string code, string message, Exception? inner = null) : FeaturesException(code, message, inner: inner);
