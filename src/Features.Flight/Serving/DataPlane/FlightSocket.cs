using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Features.Flight.Serving.DataPlane;

/// <summary>The file of a Unix domain socket: its path, who may connect, and what a service that was killed left behind.</summary>
internal static class FlightSocket
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // sockaddr_un.sun_path with its closing NUL: 108 bytes on Linux and Windows, 104 on macOS and the BSDs.
    private static readonly int MaxPathBytes = (OperatingSystem.IsLinux() || OperatingSystem.IsWindows() ? 108 : 104) - 1;

    /// <summary>The absolute path.</summary>
    /// <exception cref="ArgumentException">It is longer than the system takes.</exception>
    public static string PathOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        var bytes = Encoding.UTF8.GetByteCount(full);
        return bytes <= MaxPathBytes
            ? full
            : throw new ArgumentException($"the path of the socket, '{full}', has {bytes} bytes, and the system takes {MaxPathBytes}; choose a shorter one, such as /tmp/features.sock");
    }

    /// <summary>A bound socket that does not listen yet: nobody can connect before the file's mode is set.</summary>
    /// <exception cref="IOException">The path is served by another process, or is no socket.</exception>
    public static Socket Bind(EndPoint endpoint)
    {
        if (endpoint is not UnixDomainSocketEndPoint unix || unix.ToString() is not { } path)
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        }

        RemoveStale(path, unix);
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }

        return socket;
    }

    private static void RemoveStale(string path, UnixDomainSocketEndPoint endpoint)
    {
        if (!Path.Exists(path))
        {
            return;
        }

        if (!IsSocket(path))
        {
            throw new IOException($"'{path}' exists and is no socket; remove it, or choose another path for the socket");
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endpoint);
        }
        catch (SocketException refusal) when (refusal.SocketErrorCode is SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException refusal)
        {
            throw new IOException($"'{path}' is a socket that cannot be tried ({refusal.Message}); remove it if nothing is served there, or choose another path", refusal);
        }

        throw new IOException($"'{path}' is served by another process; stop that, or choose another path for the socket");
    }

    // .NET does not tell what kind of file it is; a socket is the kind that cannot be opened. For writing too, since a named pipe would wait for a writer.
    private static bool IsSocket(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return File.GetAttributes(path).HasFlag(FileAttributes.ReparsePoint);
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return !Directory.Exists(path);
        }
    }
}
