using System.Net.Sockets;
using Features.Flight.Serving.DataPlane;

namespace Features.Flight.Tests.Serving.DataPlane;

public sealed class FlightSocketTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("fl-").FullName;

    private string SocketPath => Path.Combine(folder, "s");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void PathOf_TooLong_SaysHowLongItMayBe()
    {
        var fault = Assert.Throws<ArgumentException>(() => FlightSocket.PathOf("/" + new string('x', 200)));
        Assert.Contains("201 bytes", fault.Message, StringComparison.Ordinal);
        Assert.Contains("choose a shorter one", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_ANewPath_IsItsOwnersAlone()
    {
        using var socket = FlightSocket.Bind(new UnixDomainSocketEndPoint(SocketPath));
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes");
            return;
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SocketPath));
    }

    [Fact]
    public void Bind_WhatAKilledServiceLeft_TakesItsPlace()
    {
        // Bound and never closed by its owner's hand, as after a kill: the file stays, and nobody listens.
        var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        killed.Bind(new UnixDomainSocketEndPoint(SocketPath));
        using var socket = FlightSocket.Bind(new UnixDomainSocketEndPoint(SocketPath));
        socket.Listen();
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(SocketPath));
        Assert.True(client.Connected);
        killed.Dispose();
    }

    [Fact]
    public void Bind_AServedSocket_LeavesIt()
    {
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        other.Bind(new UnixDomainSocketEndPoint(SocketPath));
        other.Listen();
        Assert.Contains("another process", Assert.Throws<IOException>(() => FlightSocket.Bind(new UnixDomainSocketEndPoint(SocketPath))).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(SocketPath));
    }

    [Theory]
    [InlineData("content")]
    [InlineData("")]
    public void Bind_AFileThatIsNoSocket_LeavesIt(string content)
    {
        File.WriteAllText(SocketPath, content);
        Assert.Contains("no socket", Assert.Throws<IOException>(() => FlightSocket.Bind(new UnixDomainSocketEndPoint(SocketPath))).Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(SocketPath));
    }
}
