using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Features.Flight.Client.Http2;

/// <summary>A server speaks TLS, and its certificate is not accepted.</summary>
internal sealed class CertificateRefusedException(string reason) : AuthenticationException($"the certificate is not accepted: {reason}")
{
    /// <summary>As TLS wants it: returns for a certificate without faults, and throws for any other.</summary>
    public static bool Check(X509Chain? chain, SslPolicyErrors faults) => faults == SslPolicyErrors.None ? true : throw new CertificateRefusedException(Reason(chain, faults));

    private static string Reason(X509Chain? chain, SslPolicyErrors faults)
    {
        if (faults.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "the server showed none";
        }

        if (faults.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return "it was issued for another host name; use the name that it was issued for";
        }

        var status = (chain?.ChainStatus ?? []).Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        return (status & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0 ? "who signed it is not trusted here; name the signer's certificate (--ca FILE, DatasetClientOptions.TrustedRoots)"
            : status.HasFlag(X509ChainStatusFlags.NotTimeValid) ? "it has expired or is not valid yet; renew it, or set this machine's clock"
            : $"{status}; give the server another certificate";
    }
}
