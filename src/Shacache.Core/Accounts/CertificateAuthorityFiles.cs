namespace Shacache.Core.Accounts;

/// <summary>The two PEM files of a certificate authority. Where they are, the caller says; by default they are in folder <c>ca</c> of the data folder.</summary>
/// <param name="CertificatePath">Its certificate, <c>ca.crt</c>: no secret.</param>
/// <param name="KeyPath">Its private key, <c>ca.key</c>: only for its owner's eyes.</param>
public sealed record CertificateAuthorityFiles(string CertificatePath, string KeyPath)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Public = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>The files of a data folder: <c>ca/ca.crt</c> and <c>ca/ca.key</c>.</summary>
    public static CertificateAuthorityFiles In(string dataFolder) =>
        new(Path.Combine(dataFolder, "ca", "ca.crt"), Path.Combine(dataFolder, "ca", "ca.key"));

    /// <summary>Writes both files, the key with mode 0600. Neither is ever overwritten, and neither is ever there in part.</summary>
    /// <exception cref="IOException">One of them exists already, or cannot be written; the message names it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Write(CertificateAuthority authority)
    {
        foreach (string path in (string[])[KeyPath, CertificatePath])
        {
            if (Path.Exists(path))
                throw new IOException($"{path} exists already; an authority is never overwritten.");
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
                Directory.CreateDirectory(folder);
        }

        // The key first: a certificate without its key would be of no use.
        WriteNew(KeyPath, authority.ExportKeyPem(), Private);
        WriteNew(CertificatePath, authority.Certificate.ExportCertificatePem() + "\n", Public);
    }

    /// <summary>Reads both.</summary>
    /// <exception cref="IOException">One of them is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">One of them may not be read.</exception>
    /// <exception cref="FormatException">What they hold is no authority.</exception>
    public CertificateAuthority Read() => CertificateAuthority.FromPem(File.ReadAllText(CertificatePath), File.ReadAllText(KeyPath));

    private static void WriteNew(string path, string text, UnixFileMode mode)
    {
        string staged = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = mode;
        try
        {
            using (var file = new FileStream(staged, options))
            {
                file.Write(System.Text.Encoding.ASCII.GetBytes(text));
                file.Flush(flushToDisk: true);
            }

            // Fails where a file is.
            File.Move(staged, path, overwrite: false);
        }
        finally
        {
            File.Delete(staged);
        }
    }
}
