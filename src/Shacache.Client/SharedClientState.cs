using System.Collections.Concurrent;
using Shacache.Client.Configuration;
using Shacache.Client.Entries;
using Shacache.Client.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Signing;
using Shacache.Protocol;

namespace Shacache.Client;

/// <summary>What all calls of a client share, whatever their limits: connections, keys, and which contents were wrong.</summary>
internal sealed class SharedClientState : IDisposable
{
    /// <summary>More than so many wrong contents are a matter of the server, not of the contents.</summary>
    private const int MaxDoubts = 10_000;

    private readonly ConcurrentDictionary<Digest, bool> _doubts = new();
    private readonly HttpSender _sender;

    public SharedClientState(NetworkCacheOptions options, TimeProvider timeProvider)
    {
        TimeProvider = timeProvider;
        TrustedKeys = options.SignatureCertificateList is { } list ? TrustedKeys.Parse(list) : TrustedKeys.None;
        foreach (string warning in TrustedKeys.Warnings)
            options.OnWarning?.Invoke(warning);
        _sender = HttpTransport.CreateSender(options);
        Cache = new HttpTransport(
            _sender, new ServerCredentials(options.CacheTls, "shacache", options.UploadTokenFile, options.Servers.UploadCache, options.Servers.DownloadCache), timeProvider);
        Directory = new HttpTransport(
            _sender, new ServerCredentials(options.DirectoryTls, "shadir", options.UploadTokenFile, options.Servers.UploadDirectory, options.Servers.DownloadDirectory), timeProvider);
        Origins = new HttpTransport(_sender, ServerCredentials.OfUrl, timeProvider);
        Signer = new EntrySigner(options, TrustedKeys);
        Judge = new EntryJudge(TrustedKeys, options.SignaturePolicy, options.KeyBinding, timeProvider);
    }

    public TimeProvider TimeProvider { get; }

    public TrustedKeys TrustedKeys { get; }

    /// <summary>Asks the servers of content.</summary>
    public HttpTransport Cache { get; }

    /// <summary>Asks the servers of entries.</summary>
    public HttpTransport Directory { get; }

    /// <summary>Asks servers that are not configured, with user and password of their URLs and nothing else.</summary>
    public HttpTransport Origins { get; }

    public EntrySigner Signer { get; }

    public EntryJudge Judge { get; }

    /// <summary>Notes that a server sent something else under a digest.</summary>
    public void Doubt(Digest digest)
    {
        if (_doubts.Count < MaxDoubts)
            _doubts[digest] = true;
    }

    /// <summary>Whether a server sent something else under a digest.</summary>
    public bool IsDoubted(Digest digest) => _doubts.ContainsKey(digest);

    public void Dispose()
    {
        _sender.Dispose();
        Signer.Dispose();
        if (TrustedKeys != TrustedKeys.None)
            TrustedKeys.Dispose();
    }
}
