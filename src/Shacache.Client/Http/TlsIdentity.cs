using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Messages;
using Shacache.Protocol;

namespace Shacache.Client.Http;

/// <summary>Makes the TLS settings of the upload servers from PEM files.</summary>
internal static class TlsIdentity
{
    /// <param name="files">The files.</param>
    /// <param name="surface">The beginning of the options' names, such as <c>shacache</c>.</param>
    /// <exception cref="NetworkCacheConfigurationException">A file cannot be used; the message names its option.</exception>
    public static SslClientAuthenticationOptions Load(TlsFiles files, string surface)
    {
        SslClientAuthenticationOptions options = TlsSettings.CreateForClient(
            files.AuthorityFile is { } authorityFile ? Read(authorityFile, Option(surface, "ca"), ReadCertificates) : null);
        if (files.CertificateFile is { } certificateFile)
        {
            options.ClientCertificateContext = Read(
                certificateFile, Option(surface, "cert"), path => ReadCredentials(path, files.KeyFile, Option(surface, "key")));
        }

        return options;
    }

    private static SslStreamCertificateContext ReadCredentials(string certificateFile, string? keyFile, string keyOption)
    {
        X509Certificate2Collection chain = ReadCertificates(certificateFile);
        string keyPem = Read(keyFile ?? certificateFile, keyOption, File.ReadAllText);
        X509Certificate2 certificate = Read(
            keyFile ?? certificateFile, keyOption, _ => X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), keyPem));
        if (OperatingSystem.IsWindows())
        {
            // Schannel cannot use a key that lives in memory only.
            using X509Certificate2 ephemeral = certificate;
            certificate = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pfx), null);
        }

        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    private static X509Certificate2Collection ReadCertificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("it holds no certificate in PEM form");
    }

    /// <summary>What names a file: an option of slapos.cfg, or without a surface that of a command.</summary>
    private static string Option(string surface, string kind) => surface.Length > 0 ? $"{surface}-{kind}-file" : $"--{kind}";

    private static T Read<T>(string path, string option, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            string place = option.StartsWith("--", StringComparison.Ordinal) ? "" : $" of section [{NetworkCacheOptionsReader.CacheSection}]";
            throw new NetworkCacheConfigurationException($"{path}, which {option}{place} names, cannot be used: {FileTrouble.Explain(e, path)}.", e)
            {
                Section = NetworkCacheOptionsReader.CacheSection,
                Option = option,
            };
        }
    }
}
