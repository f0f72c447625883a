using Features.Server.Workspaces;
using Microsoft.IdentityModel.Tokens;

namespace Features.Server.Access;

/// <summary>An issuer's public keys in a file, a JSON web key set (RFC 7517). Read again when the file changes; what cannot be read then leaves the keys as they were.</summary>
internal sealed class KeySetFile
{
    private readonly Lock gate = new();
    private readonly string path;
    private (DateTime Written, IReadOnlyList<SecurityKey> Keys) read;

    /// <exception cref="WorkspaceException">There is no such file, or no public key in it.</exception>
    public KeySetFile(string path)
    {
        this.path = path;
        try
        {
            read = Read();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or InvalidDataException)
        {
            throw new WorkspaceException("workspace-invalid", $"flight.auth.keys_file: '{path}' gives no keys ({fault.Message}); give the issuer's JSON web key set, with public keys", fault);
        }
    }

    /// <summary>The keys that the file has now.</summary>
    public IReadOnlyList<SecurityKey> Keys
    {
        get
        {
            lock (gate)
            {
                try
                {
                    read = File.GetLastWriteTimeUtc(path) == read.Written ? read : Read();
                }
                catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or InvalidDataException)
                {
                    // Half written, it will be whole soon.
                }

                return read.Keys;
            }
        }
    }

    /// <summary>The keys that may have signed a token: the one that it names; where it names none, the only one.</summary>
    public IEnumerable<SecurityKey> For(string? keyId)
    {
        var keys = Keys;
        return string.IsNullOrEmpty(keyId) ? keys.Count == 1 ? keys : [] : keys.Where(key => key.KeyId == keyId);
    }

    // A symmetric key in a file of public keys would let whoever reads it sign.
    private (DateTime Written, IReadOnlyList<SecurityKey> Keys) Read()
    {
        var written = File.GetLastWriteTimeUtc(path);
        List<SecurityKey> keys = [.. new JsonWebKeySet(File.ReadAllText(path)) { SkipUnresolvedJsonWebKeys = true }.GetSigningKeys().Where(key => key is not SymmetricSecurityKey and not JsonWebKey { Kty: "oct" })];
        return keys.Count > 0 ? (written, keys) : throw new InvalidDataException("it has no public signing key");
    }
}
