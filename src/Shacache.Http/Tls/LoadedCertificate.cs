using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shacache.Http.Tls;

/// <summary>A certificate with its private key and the chain that is sent along.</summary>
internal sealed class LoadedCertificate
{
    // What OpenSSL asks for at its usual security level. A shorter key would load, and then fail every handshake.
    private const int MinRsaBits = 2048;

    private LoadedCertificate(X509Certificate2 certificate, X509Certificate2Collection chain, CertificateText text)
    {
        Certificate = certificate;
        Hash = text.Hash;
        IsKeyReadableByOthers = text.IsKeyReadableByOthers;

        // Offline: what a client needs is in the file; nothing is fetched from elsewhere at start-up or reload.
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>Shared by all handshakes: it holds the keys of session tickets, so clients can resume.</summary>
    public SslStreamCertificateContext Context { get; }

    public string Hash { get; }

    public bool IsKeyReadableByOthers { get; }

    /// <exception cref="CertificateFileException">They are no certificate and its key.</exception>
    public static LoadedCertificate Parse(CertificateText text, CertificateFiles files)
    {
        X509Certificate2Collection chain = ReadChain(text.Certificate, files.CertificatePath);
        string keyPath = files.KeyPath ?? files.CertificatePath;
        CheckKey(text.Key, keyPath);
        X509Certificate2 certificate = Combine(chain[0], text.Key, files.CertificatePath, keyPath);
        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa?.KeySize < MinRsaBits)
            throw new CertificateFileException($"the key of '{files.CertificatePath}' has {rsa.KeySize} bits, which clients refuse; RSA needs {MinRsaBits} at least.");

        chain.RemoveAt(0);
        return new LoadedCertificate(certificate, chain, text);
    }

    private static X509Certificate2Collection ReadChain(string pem, string path)
    {
        var chain = new X509Certificate2Collection();
        try
        {
            chain.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw new CertificateFileException($"'{path}' holds a certificate that cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }

        return chain.Count > 0 ? chain : throw new CertificateFileException($"'{path}' holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).");
    }

    private static void CheckKey(string pem, string path)
    {
        if (pem.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal) ||
            pem.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            throw new CertificateFileException($"the private key in '{path}' is encrypted; decrypt it with 'openssl pkey', and keep the file to yourself.");
        }

        if (!pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            throw new CertificateFileException($"'{path}' holds no private key in PEM form (-----BEGIN PRIVATE KEY-----); name its file with tls-key.");
    }

    private static X509Certificate2 Combine(X509Certificate2 leaf, string keyPem, string certificatePath, string keyPath)
    {
        try
        {
            X509Certificate2 certificate = X509Certificate2.CreateFromPem(leaf.ExportCertificatePem(), keyPem);
            if (!OperatingSystem.IsWindows())
                return certificate;

            // Schannel cannot use a key that lives in memory only.
            using X509Certificate2 ephemeral = certificate;
            return X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pfx), null);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new CertificateFileException(
                $"the private key in '{keyPath}' does not belong to the first certificate of '{certificatePath}' ({leaf.Subject}), or is no RSA or EC key.", e);
        }
    }
}
