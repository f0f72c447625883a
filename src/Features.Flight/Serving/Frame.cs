namespace Features.Flight.Serving;

/// <summary>One Flight message of a stream, encoded; its memory is its buffer's and ends when that is written again.</summary>
/// <param name="Header">The IPC message's flatbuffer.</param>
/// <param name="Body">The IPC message's body.</param>
/// <param name="Metadata">The message's app_metadata.</param>
internal sealed record Frame(ReadOnlyMemory<byte> Header, ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Metadata);
