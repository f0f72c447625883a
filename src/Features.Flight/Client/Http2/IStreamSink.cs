using Features.Flight.Client.Hpack;
using Grpc.Core;

namespace Features.Flight.Client.Http2;

/// <summary>
/// Where the response of one stream goes. The connection calls it from one place at a time; an <see cref="RpcException"/> ends the stream with its status,
/// and leaves the connection whole.
/// </summary>
internal interface IStreamSink
{
    /// <summary>The stream, before anything comes on it.</summary>
    void Opened(Http2Connection connection, Http2Stream stream);

    /// <summary>Where the next bytes of the body want to be received; empty if they want to be given to <see cref="Write"/>.</summary>
    Memory<byte> Target { get; }

    /// <summary>Most of what comes wants to go to a <see cref="Target"/>, so that little is read beside it.</summary>
    bool ExpectsBulk { get; }

    /// <summary>Bytes were received into the beginning of <see cref="Target"/>.</summary>
    void Advance(int count);

    /// <summary>The next bytes of the body.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>The window that bytes took which are no part of the body: padding.</summary>
    void Discarded(int count);

    /// <summary>Headers or, after the body, trailers.</summary>
    void Headers(IReadOnlyList<Header> headers, bool isEnd);

    /// <summary>The stream ended without trailers.</summary>
    void End();

    /// <summary>The stream broke off. Called at most once, and nothing after it but <see cref="Detach"/>.</summary>
    void Fail(Status status);

    /// <summary>The connection will not call again: what is half received may be dropped. Called once, last.</summary>
    void Detach();
}
