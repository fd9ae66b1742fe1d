using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Configuration.Values;
using Shacache.Http;
using Shacache.Http.Access;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Metrics;
using Shacache.Http.Pages;
using Shacache.Http.Tls;
using Shacache.Http.Upstreams;

namespace Shacache.Cli.Configuration;

/// <summary>What settings must be together.</summary>
internal static class SettingsRules
{
    public static void Check(ServerSettings settings, List<string> problems)
    {
        CacheServerOptions cache = settings.Cache;
        CheckSurface(cache.CachePaths, cache.CacheHosts, "cache", problems);
        CheckSurface(cache.DirectoryPaths, cache.DirectoryHosts, "dir", problems);
        foreach (string path in cache.CachePaths.Intersect(cache.DirectoryPaths, StringComparer.Ordinal))
            problems.Add($"cache-path and dir-path: both name {path}; give each its own.");
        foreach (string host in cache.CacheHosts.Intersect(cache.DirectoryHosts, StringComparer.OrdinalIgnoreCase))
            problems.Add($"cache-host and dir-host: both name {host}; give each its own.");

        foreach (string path in cache.CachePaths.Concat(cache.DirectoryPaths).Distinct(StringComparer.Ordinal))
        {
            if (CacheServerOptions.ReservedPaths.FirstOrDefault(taken => $"{path}/".StartsWith($"{taken}/", StringComparison.Ordinal)) is { } reserved)
                problems.Add($"cache-path or dir-path: {path} lies where something else of this server is, {reserved}; name another path.");
        }

        CheckStores(settings, problems);
        CheckTls(settings.Host, problems);
        CheckUpstreams(settings.Upstreams, problems);
        CheckUploads(settings, problems);
    }

    /// <summary>What settings of content and database must be together.</summary>
    public static void CheckStores(ServerSettings settings, List<string> problems)
    {
        CheckContent(settings.ContentStore, problems);
        CheckDatabase(settings.Database, problems);
    }

    private static void CheckUploads(ServerSettings settings, List<string> problems)
    {
        bool hasAccounts;
        try
        {
            using var authority = AccountAuthority.Open(settings.Accounts.AuthorityFiles(settings.Host.DataFolder), TimeProvider.System);
            hasAccounts = authority.IsOn;
            authority.CheckIssuer();
            if (!hasAccounts && settings.Accounts.AuthorityCertificate is { } missing)
                problems.Add($"account-ca: there is no file {missing}; make it with 'shacache account init', or leave the key out.");
            if (settings.Accounts.AuthorityKey is { } key && !File.Exists(key))
                problems.Add($"account-ca-key: there is no file {key}; leave the key out if the authority's private key is not on this server.");
        }
        catch (AuthorityFileException e)
        {
            problems.Add($"account-ca, account-ca-key: {e.Message}");
            return;
        }

        if (!hasAccounts && settings.Cache.Metrics == MetricsAudience.Administrators)
            problems.Add("metrics: there are no accounts, hence no administrators; make them with 'shacache account init', or write loopback, anyone or off.");
        if (!hasAccounts && settings.Cache.ReadAccess == ReadAudience.Accounts)
            problems.Add("read-access: accounts needs accounts, and there are none; make them with 'shacache account init', or leave the key out.");
        if (!hasAccounts && settings.Cache.Pages.Audience == PageAudience.Administrators)
            problems.Add("pages: administrators needs accounts, and there are none; make them with 'shacache account init', or write another audience.");
        bool isOpen = !settings.Cache.ReadOnly && !hasAccounts && !settings.Accounts.Options.AllowAnonymousUpload;
        if (isOpen && settings.Host.Listen.FirstOrDefault(address => !address.IsLoopback) is { } open)
        {
            problems.Add(
                $"listen: {open.Text} is open to other machines and nothing authenticates uploads; make accounts with 'shacache account init', " +
                "or add --read-only, or --allow-anonymous-upload if everybody who can connect may upload.");
        }
    }

    private static void CheckContent(ContentStoreSettings content, List<string> problems)
    {
        if (content.Address is null && (content.Endpoint ?? content.PublicEndpoint) is { } endpoint)
            problems.Add($"s3-endpoint, s3-public-endpoint: there is no content in {endpoint.OriginalString}; name the bucket with content, or leave the key out.");
        if (content.CredentialsFile is { } path && !File.Exists(path))
            problems.Add($"s3-credentials-file: there is no file {path}; make it, readable by the user of the server alone.");
    }

    private static void CheckDatabase(DatabaseSettings database, List<string> problems)
    {
        if (database.PasswordFile is not { } path)
            return;
        if (database.Address is null)
            problems.Add($"database-password-file: there is no database for the password in {path}; name it with database, or leave the key out.");
        else if (database.Address.HasPassword)
            problems.Add("database-password-file: database holds a password, too; leave one of them out.");
        else if (!File.Exists(path))
            problems.Add($"database-password-file: there is no file {path}; make it, readable by the user of the server alone.");
    }

    private static void CheckTls(HostSettings host, List<string> problems)
    {
        ListenAddress? https = host.Listen.FirstOrDefault(address => address.IsTls);
        if (host.TlsCertificate is not { } path)
        {
            if (https is not null)
                problems.Add($"listen: {https.Text} needs a certificate; add --tls-certificate FILE, and --tls-key FILE unless the key is in it.");
            if (host.TlsKey is not null)
                problems.Add($"tls-key: there is no tls-certificate for {host.TlsKey}; add --tls-certificate FILE.");
            return;
        }

        // With a certificate configured, clients are expected to get TLS.
        if (https is null)
            problems.Add($"tls-certificate: nothing listens on https with {path}; add --listen https://ADDRESS:PORT.");
        try
        {
            ServerCertificate.Load(new CertificateFiles(path, host.TlsKey), TimeProvider.System);
        }
        catch (CertificateFileException e)
        {
            problems.Add($"tls-certificate, tls-key: {e.Message}");
        }
    }

    private static void CheckUpstreams(UpstreamSettings upstreams, List<string> problems)
    {
        foreach (IGrouping<string, UpstreamOptions> same in upstreams.All.GroupBy(upstream => upstream.Name, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1))
            problems.Add($"upstream, peer: two of them are called {same.Key}; write a section [upstream NAME] for one of them.");
        if (upstreams.Forward && upstreams.All.All(upstream => upstream.IsPeer))
            problems.Add("forward: there is no upstream to send uploads to; name one with upstream or in a section [upstream NAME].");
    }

    private static void CheckSurface(IReadOnlyList<string> paths, IReadOnlyList<string> hosts, string name, List<string> problems)
    {
        if (paths.Count == 0 && hosts.Count == 0)
            problems.Add($"{name}-path and {name}-host: both are empty; give one of them.");
    }
}
