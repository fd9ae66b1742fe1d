using System.Text.Json.Nodes;
using Shacache.Client.Accounts;
using Shacache.Client.Binaries;
using Shacache.Client.Bundles;
using Shacache.Client.Checksums;
using Shacache.Client.Configuration;
using Shacache.Client.Diagnosis;
using Shacache.Client.Downloads;
using Shacache.Client.Entries;
using Shacache.Client.Errors;
using Shacache.Client.Transfers;
using Shacache.Core.Accounts;
using Shacache.Core.Entries;

namespace Shacache.Client.Tests.Documentation;

/// <summary>The examples of docs/client-library.md: a test compares them, another runs them.</summary>
internal static class Examples
{
    public static NetworkCacheOptions Options()
    {
        // begin options
        var options = new NetworkCacheOptions
        {
            Servers = new CacheServers
            {
                DownloadCache = CacheUrl.ParseList("http://near.example/shacache http://far.example/shacache"),
                DownloadDirectory = CacheUrl.ParseList("http://near.example/shadir http://far.example/shadir"),
                UploadCache = [CacheUrl.Parse("https://user:password@far.example/shacache")],
                UploadDirectory = [CacheUrl.Parse("https://user:password@far.example/shadir")],
            },
            SignaturePrivateKeyFile = "/etc/opt/slapos/signature.key",
            SignatureCertificateList = File.ReadAllText("/etc/opt/slapos/trusted.pem"),
            OnWarning = Console.Error.WriteLine,
        };
        // end options
        return options;
    }

    public static async Task UploadAsync(NetworkCacheOptions options, CancellationToken cancellationToken)
    {
        // begin upload
        using var client = new NetworkCacheClient(options);
        UploadResult stored = await client.UploadFileAsync("a.tar.gz", progress: null, cancellationToken);
        await client.IndexAsync(
            EntryKeys.ForUrl("https://example.org/a.tar.gz"),
            stored.Digest,
            new JsonObject { ["url"] = "https://example.org/a.tar.gz", ["file_name"] = "a.tar.gz" },
            cancellationToken);
        // end upload
    }

    public static async Task<FetchResult> FetchAsync(NetworkCacheOptions options, string url, CancellationToken cancellationToken)
    {
        // begin fetch
        using var cache = new DownloadCache(options, new DownloadCacheOptions { CacheTimeout = TimeSpan.FromSeconds(5) });
        Checksum expected = Checksum.Parse(ChecksumAlgorithm.Md5, "9a0364b9e99bb480dd25e1f0284c8555");
        var progress = new Progress<TransferProgress>(now => Console.Error.Write($"\r{now.Stage} {now.DoneBytes} of {now.TotalBytes}"));
        FetchResult file = await cache.FetchToFileAsync(url, "a.tar.gz", [expected], progress, cancellationToken);
        Console.WriteLine($"{file.LengthBytes} bytes from the {file.Source}, SHA-512 {file.Digest}");
        // end fetch
        return file;
    }

    public static async Task<bool> DownloadAsync(NetworkCacheOptions options, CancellationToken cancellationToken)
    {
        // begin download
        using var client = new NetworkCacheClient(options);
        EntryKey key = EntryKeys.ForUrl("https://example.org/a.tar.gz");
        foreach (SelectedEntry selected in await client.SelectTrustedAsync(key, cancellationToken))
        {
            try
            {
                await client.DownloadToFileAsync(selected.Entry.Digest, "a.tar.gz", progress: null, cancellationToken);
                return true;
            }
            catch (NetworkCacheException e)
            {
                Console.Error.WriteLine(e.Message);
            }
        }

        return false; // Get it from https://example.org itself.
        // end download
    }

    public static async Task PublishAsync(NetworkCacheOptions options, CancellationToken cancellationToken)
    {
        // begin publish
        var cache = new BinaryCache(options, new BinaryCacheOptions { SoftwareRoot = "/opt/slapgrid" });
        PublishResult result = await cache.PublishAsync("https://example.org/software.cfg", progress: null, cancellationToken);
        Console.WriteLine(result.Explanation);
        // end publish
    }

    public static async Task<string?> InstallAsync(NetworkCacheOptions options, CancellationToken cancellationToken)
    {
        // begin install
        var cache = new BinaryCache(options, new BinaryCacheOptions { SoftwareRoot = "/opt/slapgrid" });
        InstallResult result = await cache.InstallAsync("https://example.org/software.cfg", progress: null, cancellationToken);
        if (result.Status is InstallStatus.Installed or InstallStatus.AlreadyThere)
            return result.Folder;
        Console.Error.WriteLine(result.Explanation);
        return result.IsForced ? throw new InvalidOperationException(result.Explanation) : null; // Null: build it.
        // end install
    }

    public static async Task<CacheDiagnosis> ExplainAsync(NetworkCacheOptions options, CancellationToken cancellationToken)
    {
        // begin why
        var diagnostician = new CacheDiagnostician(options);
        CacheDiagnosis diagnosis = await diagnostician.ExplainDownloadAsync("https://example.org/a.tar.gz", cancellationToken);
        Console.WriteLine($"{(diagnosis.IsHit ? "hit" : "miss")}: {diagnosis.Summary}");
        foreach (CheckResult check in diagnosis.Checks.Where(check => check.State == CheckState.Failed))
            Console.WriteLine($"{check.Check}: {check.Finding}; {check.Remedy}");
        // end why
        return diagnosis;
    }

    public static async Task<(int Exported, int Present)> CarryAsync(NetworkCacheOptions options, CancellationToken cancellationToken)
    {
        IAsyncEnumerable<EntryKey> keys = new[] { EntryKeys.ForUrl("https://example.org/a.tar.gz") }.ToAsyncEnumerable();
        // begin export
        var exporter = new BundleExporter(options, new BundleExportOptions { OnRefused = refusal => Console.Error.WriteLine($"left out: {refusal}") });
        BundleExportResult written = await exporter.ExportAsync(keys, "site.bundle", progress: null, cancellationToken);
        Console.WriteLine($"{written.Entries} entries, {written.ContentBytes} bytes of content, signed by {written.Signer}");
        // end export

        // begin import
        var importer = new BundleImporter(options, new BundleImportOptions { OnRefused = refusal => Console.Error.WriteLine($"refused: {refusal}") });
        BundleImportResult imported = await importer.ImportAsync("site.bundle", progress: null, cancellationToken);
        Console.WriteLine($"{imported.AddedEntries} entries added, {imported.PresentEntries} were there, {imported.RefusedEntries} refused");
        // end import
        return (written.Entries, imported.PresentEntries);
    }

    public static async Task<string?> AccountAsync(string url, string caFile, CancellationToken cancellationToken)
    {
        // begin account
        AccountFiles files = AccountFiles.In(".", "build-1");
        using AccountKey key = File.Exists(files.KeyPath) ? AccountKey.Load(files.KeyPath) : AccountKey.Create(files.KeyPath);
        AccountServer server = AccountServer.At(CacheUrl.Parse(url)) with { Tls = new TlsFiles { AuthorityFile = caFile } };
        using var client = new AccountClient(server);
        await client.RequestAsync(key.CreateRequest(AccountName.Create("build-1")), cancellationToken);
        Console.WriteLine($"Read this to the operator: {key.Fingerprint.ToSpoken()}");
        if (await client.FetchCertificateAsync(key.Fingerprint, cancellationToken) is { } certificate) // Null: not approved yet.
            await files.SaveCertificateAsync(certificate, key, cancellationToken);
        // end account
        return files.FindCertificate()?.Subject;
    }
}
