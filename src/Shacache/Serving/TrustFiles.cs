using Shacache.Core.Messages;
using Shacache.Core.Signing;

namespace Shacache.Cli.Serving;

/// <summary>A file of a setting that holds certificates of signers. Every certificate must be readable: a server that starts trusts what its operator listed.</summary>
internal static class CertificateFile
{
    /// <summary>Reads the certificates.</summary>
    /// <param name="key">The setting that names the file.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="CommandFailedException">It cannot be read, or not all of it.</exception>
    public static TrustedKeys Read(string key, string path)
    {
        var trusted = TrustedKeys.Parse(ReadText(key, path));
        if (trusted.Warnings.Count == 0 && trusted.Keys.Count > 0)
            return trusted;
        string problem = trusted.Warnings.Count > 0 ? trusted.Warnings[0] : "it holds no certificate.";
        trusted.Dispose();
        throw new CommandFailedException(ExitCode.Configuration, $"{key}: {path}: {problem}");
    }

    /// <summary>Reads a file of a setting as it is.</summary>
    /// <exception cref="CommandFailedException">It cannot be read.</exception>
    public static string ReadText(string key, string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Configuration, $"{key}: {path} cannot be read: {FileTrouble.Explain(e, path)}.", e);
        }
    }
}
