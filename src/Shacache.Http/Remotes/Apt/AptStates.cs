using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Transfers;
using Shacache.Http.Answers;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes.Apt;

/// <summary>The states of repositories: what is kept, what each client was given, and what must be here before a new one is shown.</summary>
internal sealed class AptStates(IndexOrigin origin, RemoteFiles files, FilePull pull, GatewayIndex copies, IBlobStore blobs, AptFolders folders, TimeProvider time)
{
    private const int MaxParsed = 16;

    private readonly AptClients _clients = new(time);
    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, AptRelease> _parsed = [];

    /// <summary>Finds the state that describes a path, as a client has it: of the nearest folder above that has one.</summary>
    /// <returns>Null when no Release file above it was ever here.</returns>
    public async ValueTask<AptState?> FindAboveAsync(Remote remote, string path, AptClient client, CancellationToken cancellationToken)
    {
        foreach (string folder in AptPath.FoldersAbove(path))
        {
            if (await FindAsync(remote, folder, _clients.Find(client, remote, folder), cancellationToken) is { } state)
                return state;
        }

        return null;
    }

    /// <summary>Finds the state of a folder.</summary>
    /// <param name="remote">The remote.</param>
    /// <param name="folder">The folder of its Release file.</param>
    /// <param name="handed">The one that a client was given; null, and when that is gone, for the one that is kept.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Null when none is here.</returns>
    public async ValueTask<AptState?> FindAsync(Remote remote, string folder, Digest? handed, CancellationToken cancellationToken)
    {
        foreach (string path in (string[])[$"{folder}InRelease", $"{folder}Release"])
        {
            await using GatewayCopy? copy = await copies.FindRecordAsync(remote.RecordOf("index", path), cancellationToken);
            if (copy is null)
                continue;
            string place = PlaceOf(remote, copy.Note!.Url, path);
            if (handed is { } given && await ReadAsync(given, cancellationToken) is { } old)
                return new AptState(folder, place, old, given);
            if (await ReadAsync(copy.Blob.Digest, cancellationToken) is { } release)
                return new AptState(folder, place, release, copy.Blob.Digest);
        }

        return null;
    }

    /// <summary>Whether an index is here.</summary>
    public async ValueTask<bool> HasAsync(Remote remote, AptFile index, CancellationToken cancellationToken)
    {
        await using GatewayCopy? copy = await copies.FindRecordAsync(remote.RecordOf("file", index.Path), cancellationToken);
        return copy is not null;
    }

    /// <summary>Notes that a client has a state from now on.</summary>
    public ValueTask NoteHandedAsync(Remote remote, AptClient client, string folder, Digest state, CancellationToken cancellationToken)
    {
        _clients.Note(client, remote, folder, state);
        return folders.NoteAsync(remote, folder, cancellationToken);
    }

    /// <summary>
    /// Gets what clients have of the old state in its new form, so that from one moment to the next they see the new state, whole. When some of it cannot be
    /// had, the origin fails or is in the middle of a change: the old state stays.
    /// </summary>
    /// <exception cref="GatewayException">The new state must not be shown.</exception>
    public async ValueTask PrepareAsync(Remote remote, AptReleaseFile document, IndexChange change, CancellationToken cancellationToken)
    {
        AptRelease release = await ReadAsync(change.Next, cancellationToken) ?? throw new InvalidOperationException("A Release file that was checked cannot be read.");
        string folder = AptPath.FolderOf(document.Path);
        var next = new AptState(folder, PlaceOf(remote, change.Url.Text, document.Path), release, change.Next);
        IEnumerable<string> wanted = change.Kept is { } kept && await ReadAsync(kept, cancellationToken) is { } old
            ? await FindUsedAsync(remote, next with { Release = old }, cancellationToken)
            : release.HasByHash ? [] : release.GuessWanted();
        foreach (string path in wanted)
        {
            // What is missing now was perhaps never there; what was here must not go missing.
            if (release.Files.TryGetValue(path, out FileHash? hash))
                await KeepAsync(remote, AptFile.OfIndex(next, path, hash), mayBeMissing: change.Kept is null, cancellationToken);
        }

        if (document.Path.EndsWith("InRelease", StringComparison.Ordinal))
            return;
        await KeepSignatureAsync(remote, new AptSignature(folder, change.Next), next.Place, cancellationToken);
        await using IndexCopy again = await origin.PassAsync(remote, document, [change.Url], cancellationToken);
        if (Digest.Parse(Convert.ToHexStringLower(await SHA512.HashDataAsync(again.Source.Content, cancellationToken))) != change.Next)
            throw new GatewayException(RemoteProblems.BadIndex(change.Url.Host, "it changed while it was read.")) { IsOriginDown = true, IsBrokenPromise = true };
    }

    /// <summary>The indexes of a state that are here.</summary>
    public async ValueTask<IReadOnlyList<string>> FindUsedAsync(Remote remote, AptState state, CancellationToken cancellationToken)
    {
        List<string> used = [];
        foreach ((string path, FileHash hash) in state.Release.Files)
        {
            if (await HasAsync(remote, AptFile.OfIndex(state, path, hash), cancellationToken))
                used.Add(path);
        }

        return used;
    }

    /// <summary>The URL of the repository, as a document of it was found there.</summary>
    private static string PlaceOf(Remote remote, string url, string path) => url.EndsWith($"/{path}", StringComparison.Ordinal) ? url[..^path.Length] : remote.Urls[0].Text;

    /// <summary>Gets an index so that it is here, for no client.</summary>
    /// <param name="remote">The remote.</param>
    /// <param name="index">The index.</param>
    /// <param name="mayBeMissing">Whether it is no failure that the origin does not have it.</param>
    /// <param name="cancellationToken">Stops the wait; the transfer goes on.</param>
    /// <exception cref="GatewayException">It does not come, or is not what it should be.</exception>
    public async ValueTask KeepAsync(Remote remote, AptFile index, bool mayBeMissing, CancellationToken cancellationToken)
    {
        try
        {
            await pull.RunAsync(await files.FindAsync(remote, index, cancellationToken), cancellationToken);
        }
        catch (RefusedException e) when (!(mayBeMissing && e.Problem.Status == StatusCodes.Status404NotFound))
        {
            throw new GatewayException(e.Problem, e) { IsOriginDown = true, IsBrokenPromise = true };
        }
        catch (RefusedException)
        {
            // A state names forms of its indexes that are not published.
        }
    }

    private async ValueTask KeepSignatureAsync(Remote remote, AptSignature signature, string place, CancellationToken cancellationToken)
    {
        try
        {
            OriginUrl url = RemoteIndexes.PlacesOf(remote, signature.Path).First(url => url.Text.StartsWith(place, StringComparison.Ordinal));
            await origin.RefreshAsync(remote, signature, [url], cancellationToken);
        }
        catch (GatewayException e) when (!e.IsOriginDown)
        {
            // It is not signed, which clients may allow.
        }
    }

    /// <returns>Null when it is not here, or is no Release file.</returns>
    private async ValueTask<AptRelease?> ReadAsync(Digest digest, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_parsed.TryGetValue(digest, out AptRelease? known))
                return known;
        }

        await using IBlob? blob = await blobs.OpenAsync(digest, cancellationToken);
        if (blob is null)
            return null;
        await using var content = new BlobStream(blob);
        AptRelease? release = await AptRelease.ReadAsync(content, cancellationToken);
        lock (_gate)
        {
            if (_parsed.Count >= MaxParsed)
                _parsed.Clear();
            if (release is not null)
                _parsed[digest] = release;
        }

        return release;
    }
}
