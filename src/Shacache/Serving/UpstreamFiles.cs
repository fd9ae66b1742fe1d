using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shacache.Cli.Configuration;
using Shacache.Core.Messages;
using Shacache.Http.Upstreams;
using Shacache.Protocol;

namespace Shacache.Cli.Serving;

/// <summary>Makes the options of the upstreams, with what is in the files that their settings name.</summary>
internal static class UpstreamFiles
{
    /// <exception cref="CommandFailedException">A file cannot be used.</exception>
    public static ProximityOptions Load(ServerSettings settings) => new()
    {
        Upstreams =
        [
            .. settings.Peers.Concat(settings.Upstreams).Concat(settings.UpstreamSections).Select(upstream => new UpstreamOptions
            {
                Name = upstream.Name,
                CacheUrl = upstream.CacheUrl!,
                DirectoryUrl = upstream.DirectoryUrl!,
                IsPeer = upstream.IsPeer,
                IsForwardedTo = upstream.IsForwardedTo || upstream == FindForward(settings),
                Weight = upstream.Weight,
                ConnectTimeout = upstream.ConnectTimeout ?? settings.UpstreamConnectTimeout,
                FirstByteTimeout = upstream.FirstByteTimeout ?? settings.UpstreamTimeout,
                StallTimeout = upstream.StallTimeout ?? settings.UpstreamStallTimeout,
                MinBytesPerSecond = upstream.MinBytesPerSecond ?? settings.UpstreamMinBytesPerSecond,
                Authorization = LoadAuthorization(upstream),
                Tls = LoadTls(upstream),
            }),
        ],
        Order = settings.UpstreamOrder,
        HedgeDelay = settings.UpstreamHedgeDelay,
        NegativeTtl = settings.NegativeTtl,
        DirectoryTtl = settings.DirectoryTtl,
        DirectoryKeep = settings.DirectoryKeep,
        MaxHops = settings.UpstreamMaxHops,
        MaxTransfers = settings.UpstreamMaxTransfers,
        SpoolFolder = Path.Combine(settings.Data, "upstream"),
    };

    /// <summary>Who gets uploads when no section says who does; null when that is not wanted.</summary>
    private static UpstreamSettings? FindForward(ServerSettings settings) => settings.Forward && !settings.UpstreamSections.Any(upstream => upstream.IsForwardedTo)
        ? settings.Upstreams.Concat(settings.UpstreamSections).FirstOrDefault(upstream => !upstream.IsPeer)
        : null;

    private static AuthenticationHeaderValue? LoadAuthorization(UpstreamSettings upstream)
    {
        if (upstream.TokenFile is { } tokenFile)
            return new AuthenticationHeaderValue("Bearer", Read(upstream, "token-file", tokenFile, ReadLine));
        if (upstream.PasswordFile is not { } passwordFile)
            return null;
        byte[] credentials = Encoding.UTF8.GetBytes($"{upstream.User}:{Read(upstream, "password-file", passwordFile, ReadLine)}");
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credentials));
    }

    private static SslClientAuthenticationOptions? LoadTls(UpstreamSettings upstream)
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

    private static T Read<T>(UpstreamSettings upstream, string key, string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandFailedException(ExitCode.Configuration, $"{key} of [upstream {upstream.Name}]: {path} cannot be used: {FileTrouble.Explain(e, path)}.", e);
        }
    }
}
