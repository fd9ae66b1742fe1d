using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shacache.Cli.Configuration.Values;
using Shacache.Cli.Errors;
using Shacache.Core.Messages;
using Shacache.Protocol;

namespace Shacache.Cli.Serving;

/// <summary>Credentials and authorities of upstreams, in files that their sections name.</summary>
internal static class UpstreamFiles
{
    /// <summary>Reads them into the options.</summary>
    /// <exception cref="CommandFailedException">A file cannot be used.</exception>
    public static void Load(IEnumerable<UpstreamSection> sections)
    {
        foreach (UpstreamSection section in sections)
        {
            section.Options.Authorization = LoadAuthorization(section);
            section.Options.Tls = LoadTls(section);
        }
    }

    private static AuthenticationHeaderValue? LoadAuthorization(UpstreamSection upstream)
    {
        if (upstream.TokenFile is { } tokenFile)
            return new AuthenticationHeaderValue("Bearer", Read(upstream, "token-file", tokenFile, ReadLine));
        if (upstream.PasswordFile is not { } passwordFile)
            return null;
        byte[] credentials = Encoding.UTF8.GetBytes($"{upstream.User}:{Read(upstream, "password-file", passwordFile, ReadLine)}");
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credentials));
    }

    private static SslClientAuthenticationOptions? LoadTls(UpstreamSection upstream)
    {
        if (upstream.CertificateFile is null && upstream.AuthorityFile is null)
            return null;
        SslClientAuthenticationOptions tls = TlsSettings.CreateForClient(
            upstream.AuthorityFile is { } authorityFile ? Read(upstream, "ca-file", authorityFile, ReadCertificates) : null);
        if (upstream.CertificateFile is { } certificateFile)
        {
            X509Certificate2Collection chain = Read(upstream, "cert-file", certificateFile, ReadCertificates);
            X509Certificate2 certificate = Read(
                upstream, "key-file", upstream.KeyFile ?? certificateFile,
                path => X509Certificate2.CreateFromPem(chain[0].ExportCertificatePem(), File.ReadAllText(path)));
            chain.RemoveAt(0);
            tls.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true);
        }

        return tls;
    }

    private static X509Certificate2Collection ReadCertificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        return certificates.Count > 0 ? certificates : throw new CryptographicException("it holds no certificate in PEM form");
    }

    private static string ReadLine(string path) =>
        File.ReadAllText(path).Trim() is { Length: > 0 } line && !line.Any(char.IsControl) ? line : throw new IOException("it must hold one line");

    private static T Read<T>(UpstreamSection upstream, string key, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandFailedException(ExitCode.Configuration, $"{key} of [upstream {upstream.Options.Name}]: {path} cannot be used: {FileTrouble.Explain(e, path)}.", e);
        }
    }
}
