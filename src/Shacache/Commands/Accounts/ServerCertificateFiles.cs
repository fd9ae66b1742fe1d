using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Client.Transfers;
using Shacache.Core.Accounts;

namespace Shacache.Cli.Commands.Accounts;

/// <summary>The server's own certificate for HTTPS and its key, issued by the cache's authority.</summary>
/// <remarks>The key is on curve P-256: every TLS client of the last decade can use it, and a handshake costs a fraction of RSA's.</remarks>
internal sealed class ServerCertificateFiles(string folder)
{
    private string? _newKeyPem;

    public string CertificatePath { get; } = Path.Combine(folder, "server.crt");

    public string KeyPath { get; } = Path.Combine(folder, "server.key");

    /// <summary>Issues a certificate for the key that is there, or for a new one. Writes nothing yet.</summary>
    public string Issue(CertificateAuthority authority, IReadOnlyList<string> names, int days)
    {
        using AsymmetricAlgorithm key = File.Exists(KeyPath) ? Load(File.ReadAllText(KeyPath)) : Make();
        PublicKey publicKey = key is RSA rsa ? new PublicKey(rsa) : new PublicKey((ECDsa)key);
        return authority.IssueServer(publicKey, names, TimeSpan.FromDays(days), TimeProvider.System);
    }

    /// <summary>Writes the new key, which is never overwritten, and the certificate, which replaces an older one at once.</summary>
    public async Task WriteAsync(string certificatePem, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        if (_newKeyPem is not null)
            PemFile.Create(KeyPath, _newKeyPem, isSecret: true);
        await PemFile.ReplaceAsync(CertificatePath, certificatePem, cancellationToken);
    }

    private ECDsa Make()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _newKeyPem = key.ExportPkcs8PrivateKeyPem() + "\n";
        return key;
    }

    private AsymmetricAlgorithm Load(string pem)
    {
        foreach (Func<AsymmetricAlgorithm> create in (Func<AsymmetricAlgorithm>[])[ECDsa.Create, RSA.Create])
        {
            AsymmetricAlgorithm key = create();
            try
            {
                key.ImportFromPem(pem);
                return key;
            }
            catch (Exception e) when (e is ArgumentException or CryptographicException)
            {
                key.Dispose();
            }
        }

        throw new FormatException($"{KeyPath} holds no private key that can be used: RSA or elliptic curve, PEM, not encrypted.");
    }
}
