using System.Text;
using Shacache.Core.Signing;

namespace Shacache.Client;

/// <summary>Makes the two files of a machine that signs: its private key, and the certificate that others put into their list.</summary>
/// <param name="keyFile">Path of the private key.</param>
/// <param name="certificateFile">Path of the certificate.</param>
public sealed class SigningKeyFiles(string keyFile, string certificateFile)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Generates key and certificate, and writes both. Neither file is ever overwritten; a failure leaves neither.</summary>
    /// <remarks>The key is readable by its owner only, from the first instant on (mode 0600). Both files are flushed to disk.</remarks>
    /// <param name="bits">Length of the key, as <see cref="SigningKey.Generate"/> takes it.</param>
    /// <param name="commonName">Who signs, by convention the <c>computer_id</c>.</param>
    /// <param name="now">The beginning of the certificate's validity.</param>
    /// <returns>The certificate in PEM.</returns>
    /// <exception cref="IOException">One of the files exists, or cannot be written. The message says which; nothing stays behind.</exception>
    /// <exception cref="ArgumentException">The length or the name is not allowed. Nothing was made.</exception>
    public string Create(int bits, string commonName, DateTimeOffset now)
    {
        // Before the costly part, and before either file exists: whoever lacks one of two may not have meant to replace the other.
        EnsureFree(keyFile, "private key");
        EnsureFree(certificateFile, "certificate");
        if (Path.GetFullPath(keyFile) == Path.GetFullPath(certificateFile))
            throw new IOException($"{keyFile} cannot hold both the private key and the certificate. Nothing was made.");

        using SigningKey key = SigningKey.Generate(bits);
        string certificate = SignatureCertificate.CreatePem(key, commonName, now);
        Write(keyFile, key.ExportPem(), OwnerOnly);
        try
        {
            Write(certificateFile, certificate, Public);
        }
        catch
        {
            File.Delete(keyFile);
            throw;
        }

        return certificate;
    }

    private static void EnsureFree(string path, string what)
    {
        // A dangling link exists too, but only as a link.
        if (Path.Exists(path) || new FileInfo(path).LinkTarget is not null)
            throw new IOException($"The {what} {path} exists and is not overwritten. Nothing was made; move it away first if it is really to be replaced.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
            throw new IOException($"The {what} {path} cannot be made: there is no folder {folder}. Nothing was made.");
    }

    private static void Write(string path, string pem, UnixFileMode mode)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        bool created = false;
        try
        {
            using var file = new FileStream(path, options);
            created = true;
            file.Write(Encoding.ASCII.GetBytes(pem));
            file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (created)
                File.Delete(path);
            throw new IOException($"{path} cannot be written: {OneLine.Of(e)}. Nothing was made.", e);
        }
    }
}
