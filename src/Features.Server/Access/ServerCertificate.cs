using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Features.Server.Workspaces;

namespace Features.Server.Access;

/// <summary>The certificate and key of <c>flight.tls</c>. Read again when a file changes, for the connections that come then; what cannot be read leaves the certificate as it was.</summary>
internal sealed class ServerCertificate
{
    private readonly Lock gate = new();
    private readonly string certificate;
    private readonly string key;
    private ((DateTime Certificate, DateTime Key) Written, SslStreamCertificateContext Context) read;

    /// <exception cref="WorkspaceException">The files give no certificate with its key.</exception>
    public ServerCertificate(FlightTlsConfig config, string root)
    {
        (certificate, key) = (Path.GetFullPath(config.Certificate, root), Path.GetFullPath(config.Key, root));
        try
        {
            read = Read();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new WorkspaceException("workspace-invalid", $"flight.tls: '{certificate}' and '{key}' give no certificate with its key ({fault.Message}); give PEM files, the key without a password", fault);
        }
    }

    /// <summary>What a connection is answered with. HTTP/2 is all that is spoken.</summary>
    public SslServerAuthenticationOptions Options() => new()
    {
        ServerCertificateContext = Current(),
        ApplicationProtocols = [SslApplicationProtocol.Http2],
        EnabledSslProtocols = System.Security.Authentication.SslProtocols.None,
    };

    private SslStreamCertificateContext Current()
    {
        lock (gate)
        {
            try
            {
                read = Written() == read.Written ? read : Read();
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
            {
                // One file is replaced before the other; the next connection finds both.
            }

            return read.Context;
        }
    }

    private (DateTime Certificate, DateTime Key) Written() => (File.GetLastWriteTimeUtc(certificate), File.GetLastWriteTimeUtc(key));

    private ((DateTime Certificate, DateTime Key) Written, SslStreamCertificateContext Context) Read()
    {
        var written = Written();
        var leaf = X509Certificate2.CreateFromPemFile(certificate, key);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate);
        return (written, SslStreamCertificateContext.Create(leaf, chain, offline: true));
    }
}
