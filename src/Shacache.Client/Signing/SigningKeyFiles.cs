using Shacache.Client.Transfers;
using Shacache.Core.Signing;

namespace Shacache.Client.Signing;

/// <summary>Creates the two files of a machine that signs: its private key, and the certificate that others put into their list.</summary>
/// <param name="keyFile">Path of the private key.</param>
/// <param name="certificateFile">Path of the certificate.</param>
public sealed class SigningKeyFiles(string keyFile, string certificateFile)
{
    /// <summary>Generates key and certificate, and writes both. Neither file is ever overwritten; a failure leaves neither.</summary>
    /// <remarks>The key is readable by its owner only, from the first instant on (mode 0600). Both files are flushed to disk.</remarks>
    /// <param name="bits">Length of the key, as <see cref="SigningKey.Generate"/> takes it.</param>
    /// <param name="commonName">Who signs, by convention the <c>computer_id</c>.</param>
    /// <param name="now">The beginning of the certificate's validity.</param>
    /// <returns>The certificate in PEM.</returns>
    /// <exception cref="IOException">One of the files exists, or cannot be written. The message says which; no file is left.</exception>
    /// <exception cref="ArgumentException">The length or the name is not allowed. Nothing was made.</exception>
    public string Create(int bits, string commonName, DateTimeOffset now)
    {
        // Before the expensive part, and before either file is created: an existing file of the pair may still be needed.
        PemFile.EnsureFree(keyFile, "private key");
        PemFile.EnsureFree(certificateFile, "certificate");
        if (Path.GetFullPath(keyFile) == Path.GetFullPath(certificateFile))
            throw new IOException($"{keyFile} cannot hold both the private key and the certificate. Nothing was made.");

        using SigningKey key = SigningKey.Generate(bits);
        string certificate = SignatureCertificate.CreatePem(key, commonName, now);
        PemFile.Create(keyFile, key.ExportPem(), isSecret: true);
        try
        {
            PemFile.Create(certificateFile, certificate, isSecret: false);
        }
        catch
        {
            File.Delete(keyFile);
            throw;
        }

        return certificate;
    }
}
