using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Shacache.Blobs.FileSystem.Files;
using Shacache.Blobs.FileSystem.Uploads;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem.Verification;

/// <summary>Compares files with their names, once for each state of a file, and remembers the outcome for as long as the process runs.</summary>
internal sealed class BlobVerifier(BlobLayout layout, BlobPublisher publisher, DiskThreads threads)
{
    /// <summary>
    /// So many outcomes are remembered, some 200 bytes each. When there are more, all are forgotten, and a file is compared again when it is read next: that
    /// costs time, and never a wrong answer.
    /// </summary>
    private const int MaxRemembered = 50_000;

    private readonly ConcurrentDictionary<Digest, FileIdentity> _right = new();
    private readonly ConcurrentDictionary<Digest, FileIdentity> _wrong = new();
    private readonly ConcurrentDictionary<Digest, BlobVerification> _running = new();

    /// <summary>Told of each file that was found wrong, once for each, on any thread.</summary>
    public Action<BlobDamage>? OnDamage { get; set; }

    /// <summary>Told of each file that was found right when it was read, on any thread.</summary>
    public Action<Digest>? OnRight { get; set; }

    public bool IsKnownRight(Digest digest, in FileIdentity identity) => _right.TryGetValue(digest, out FileIdentity known) && known == identity;

    /// <summary>For files that could not be moved away.</summary>
    public bool IsKnownWrong(Digest digest, in FileIdentity identity) =>
        !_wrong.IsEmpty && _wrong.TryGetValue(digest, out FileIdentity known) && known == identity;

    /// <summary>Whether a file is there as content: not, when it is damaged and that is known.</summary>
    public bool IsStored(Digest digest, in FileIdentity identity) => BlobLayout.IsPlausible(digest, identity.LengthBytes) && !IsKnownWrong(digest, identity);

    /// <summary>Joins the verification of a file, which begins unless it is under way.</summary>
    /// <param name="digest">Its name.</param>
    /// <param name="file">The file; it may be closed at any time.</param>
    /// <param name="identity">Its state.</param>
    /// <returns>To be left.</returns>
    /// <exception cref="IOException">The file cannot be opened once more.</exception>
    public BlobVerification Join(Digest digest, SafeFileHandle file, in FileIdentity identity)
    {
        if (_running.TryGetValue(digest, out BlobVerification? running) && running.Identity == identity && running.TryJoin())
            return running;
        var begun = new BlobVerification(digest, Disk.Reopen(file, layout.PathOf(digest)), identity);
        _running[digest] = begun;
        _ = RunAsync(begun);
        return begun;
    }

    private async Task RunAsync(BlobVerification verification)
    {
        try
        {
            bool? isRight = null;
            while (isRight is null && verification.GoesOn())
                isRight = await threads.RunAsync(verification, static verification => verification.Step(BlobVerification.StepBytes)).ConfigureAwait(false);
            if (isRight is { } outcome)
                await ConcludeAsync(verification, outcome).ConfigureAwait(false);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            verification.Fail(StorageFailure.From(e, $"Cannot verify blob {layout.PathOf(verification.Digest)}"));
        }
        catch (Exception e)
        {
            // Those who wait must learn of any failure.
            verification.Fail(e);
        }
        finally
        {
            _running.TryRemove(KeyValuePair.Create(verification.Digest, verification));
            verification.Dispose();
        }
    }

    private async Task ConcludeAsync(BlobVerification verification, bool isRight)
    {
        if (isRight)
        {
            Remember(_right, verification.Digest, verification.Identity);
            OnRight?.Invoke(verification.Digest);
        }
        else
        {
            await SetAsideAsync(verification).ConfigureAwait(false);
        }

        verification.End(isRight);
    }

    /// <summary>Takes a file out of the store that was found wrong.</summary>
    /// <returns>False when it has lost its name, or was written to, in between.</returns>
    public async ValueTask<bool> SetAsideAsync(BlobVerification verification)
    {
        (Digest digest, FileIdentity identity) = (verification.Digest, verification.Identity);
        _right.TryRemove(digest, out _);
        (bool wasThere, string? movedTo) = await threads.RunAsync(
            (publisher, digest, identity), static s => (s.publisher.TrySetAside(s.digest, s.identity, out string? path), path)).ConfigureAwait(false);
        if (!wasThere)
            return false;
        if (movedTo is null)
            Remember(_wrong, digest, identity);
        OnDamage?.Invoke(new BlobDamage(digest, verification.Damage!, movedTo));
        return true;
    }

    private static void Remember(ConcurrentDictionary<Digest, FileIdentity> files, Digest digest, in FileIdentity identity)
    {
        if (files.Count >= MaxRemembered)
            files.Clear();
        files[digest] = identity;
    }
}

/// <summary>A file that was found not to hold the blob that it is named after.</summary>
/// <param name="Digest">The blob. It counts as not stored.</param>
/// <param name="Reason">What is wrong with the file.</param>
/// <param name="MovedTo">Where the file is now; null when it could not be moved, and is only not served.</param>
public sealed record BlobDamage(Digest Digest, string Reason, string? MovedTo);
