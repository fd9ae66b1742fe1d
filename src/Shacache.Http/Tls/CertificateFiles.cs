using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Messages;

namespace Shacache.Http.Tls;

/// <summary>Where the server's certificate and its private key are, in PEM form.</summary>
/// <param name="CertificatePath">The server's certificate first, the intermediate ones after it.</param>
/// <param name="KeyPath">The private key, not encrypted; null when it is in <paramref name="CertificatePath"/>.</param>
public sealed record CertificateFiles(string CertificatePath, string? KeyPath);

/// <summary>A certificate or key file cannot be used. The message is one line that names the file, and what to do.</summary>
public sealed class CertificateFileException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What the files hold at one moment. Both are read before either is judged, so that a pair is judged as a pair.</summary>
internal sealed class CertificateText
{
    // A chain of RSA-4096 certificates has some 10 KiB; a disk image given by mistake is not read.
    private const int MaxFileBytes = 1 << 20;

    private CertificateText(string certificate, string key, bool isKeyReadableByOthers)
    {
        Certificate = certificate;
        Key = key;
        IsKeyReadableByOthers = isKeyReadableByOthers;
        Hash = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{certificate}\0{key}")));
    }

    public string Certificate { get; }

    public string Key { get; }

    /// <summary>Whether every user of the machine may read the key; false where files have no such modes.</summary>
    public bool IsKeyReadableByOthers { get; }

    /// <summary>Differs whenever either content does, however it was put there: written over, renamed, or behind a link that was turned.</summary>
    public string Hash { get; }

    /// <exception cref="CertificateFileException">A file cannot be read.</exception>
    public static CertificateText Read(CertificateFiles files)
    {
        string certificate = Read(files.CertificatePath, out bool isReadableByOthers);
        string key = files.KeyPath is null ? certificate : Read(files.KeyPath, out isReadableByOthers);
        return new CertificateText(certificate, key, isReadableByOthers);
    }

    private static string Read(string path, out bool isReadableByOthers)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length > MaxFileBytes)
                throw new CertificateFileException($"'{path}' has {file.Length} bytes and is no PEM file of a certificate or key.");

            // Of the open file, not of its name: a link may lead elsewhere by now.
            isReadableByOthers = !OperatingSystem.IsWindows() && File.GetUnixFileMode(file.SafeFileHandle).HasFlag(UnixFileMode.OtherRead);
            using StreamReader reader = new(file);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CertificateFileException($"'{path}' cannot be read: {FileTrouble.Explain(e, path)}", e);
        }
    }
}
