using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Client.Transfers;

namespace Shacache.Client.Accounts;

/// <summary>The two PEM files of an account on the machine that uploads: its private key, and the certificate by which the server knows it.</summary>
/// <param name="KeyPath">The private key: <c>shacache-key-file</c> and <c>shadir-key-file</c> of slapos.cfg.</param>
/// <param name="CertificatePath">The certificate: <c>shacache-cert-file</c> and <c>shadir-cert-file</c>.</param>
public sealed record AccountFiles(string KeyPath, string CertificatePath)
{
    /// <summary>The files of a name in a folder: <c>NAME.key</c> and <c>NAME.crt</c>.</summary>
    public static AccountFiles In(string folder, string name) => new(Path.Combine(folder, $"{name}.key"), Path.Combine(folder, $"{name}.crt"));

    /// <summary>Reads the certificate.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="FormatException">The file holds something else.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public X509Certificate2? FindCertificate() => File.Exists(CertificatePath) ? Parse(File.ReadAllText(CertificatePath), CertificatePath) : null;

    /// <summary>Replaces the certificate atomically and flushes it: a concurrent reader gets the old one or the new one, whole.</summary>
    /// <remarks>An older certificate of the same key is replaced. Anything else in its place is left alone.</remarks>
    /// <param name="pem">The certificate.</param>
    /// <param name="key">The private key that it must be for.</param>
    /// <param name="cancellationToken">Stops; nothing has changed then.</param>
    /// <exception cref="FormatException">It is not a certificate, or that of another key. Nothing was written.</exception>
    /// <exception cref="IOException">The file holds something else, or cannot be written. Nothing was written.</exception>
    public async Task SaveCertificateAsync(string pem, AccountKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        using X509Certificate2 certificate = Parse(pem, "The answer of the server");
        if (!key.IsKeyOf(certificate))
            throw new FormatException($"The certificate is not one of the private key {KeyPath}. Nothing was written.");
        string text = certificate.ExportCertificatePem() + "\n";
        if (!Path.Exists(CertificatePath))
        {
            PemFile.Create(CertificatePath, text, isSecret: false);
            return;
        }

        EnsureReplaceable(key);
        await PemFile.ReplaceAsync(CertificatePath, text, cancellationToken).ConfigureAwait(false);
    }

    private void EnsureReplaceable(AccountKey key)
    {
        try
        {
            using X509Certificate2? present = FindCertificate();
            if (present is not null && key.IsKeyOf(present))
                return;
        }
        catch (FormatException)
        {
            // It is something else, too.
        }

        throw new IOException($"{CertificatePath} exists, and does not hold a certificate of {KeyPath}; it is not overwritten. Name another file for the certificate.");
    }

    private static X509Certificate2 Parse(string pem, string what)
    {
        try
        {
            return X509Certificate2.CreateFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new FormatException($"{what} holds no certificate in PEM form.", e);
        }
    }
}
