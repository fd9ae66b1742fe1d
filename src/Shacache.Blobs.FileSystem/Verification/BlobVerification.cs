using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Shacache.Blobs.FileSystem.Files;
using Shacache.Core.Blobs;
using Shacache.Posix;

namespace Shacache.Blobs.FileSystem.Verification;

/// <summary>One file that is being compared with its name, shared by all who read it meanwhile.</summary>
/// <remarks>It ends when all have left, unless one waited for its outcome: clients that only test whether an object exists begin to read it, and hang up.</remarks>
internal sealed class BlobVerification(Digest digest, SafeFileHandle file, FileIdentity identity) : IDisposable
{
    /// <summary>So much is read and hashed before other work of the disk threads gets its turn.</summary>
    public const int StepBytes = 4 << 20;

    private const int BufferBytes = 128 * 1024;

    private readonly TaskCompletionSource<bool> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
    private readonly byte[] _buffer = new byte[(int)Math.Clamp(identity.LengthBytes, 1, BufferBytes)];
    private readonly Lock _gate = new();
    private long _hashedBytes;
    private int _users = 1;
    private bool _isAwaited;
    private bool _hasEnded;

    public Digest Digest => digest;

    public FileIdentity Identity => identity;

    /// <summary>What is wrong with the file, once that is known.</summary>
    public string? Damage { get; private set; }

    /// <summary>Takes part; to be ended by <see cref="Leave"/>.</summary>
    /// <returns>False when it was given up.</returns>
    public bool TryJoin()
    {
        lock (_gate)
        {
            if (_hasEnded && !_outcome.Task.IsCompleted)
                return false;
            _users++;
            return true;
        }
    }

    public void Leave()
    {
        lock (_gate)
            _users--;
    }

    /// <summary>Waits for the outcome.</summary>
    /// <returns>Whether the file is right.</returns>
    /// <exception cref="BlobStoreException">It could not be found out.</exception>
    public Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
            _isAwaited = true;
        return _outcome.Task.WaitAsync(cancellationToken);
    }

    /// <summary>How much was read and hashed.</summary>
    public long HashedBytes => _hashedBytes;

    /// <summary>Goes on for a while. Blocks.</summary>
    /// <param name="maxBytes">How many bytes at most.</param>
    /// <returns>Null when there is more to do; else whether the file is right.</returns>
    /// <exception cref="IOException">It cannot be read for now.</exception>
    public bool? Step(int maxBytes)
    {
        int count = -1;
        for (long end = Math.Min(_hashedBytes + maxBytes, identity.LengthBytes); _hashedBytes < end && count != 0; _hashedBytes += count)
        {
            try
            {
                count = RandomAccess.Read(file, _buffer.AsSpan(0, (int)Math.Min(_buffer.Length, end - _hashedBytes)), _hashedBytes);
            }
            catch (IOException e) when (e.HResult == PosixError.InputOutput && ProcessCalls.Is64BitLinux)
            {
                Damage = $"the disk cannot read it after byte {_hashedBytes}";
                return false;
            }

            _hash.AppendData(_buffer, 0, count);
        }

        if (_hashedBytes < identity.LengthBytes && count != 0)
            return null;
        var found = new Digest(_hash.GetHashAndReset());
        if (_hashedBytes == identity.LengthBytes && found == digest)
            return true;
        Damage = $"its {_hashedBytes} bytes have the digest {found}";
        return false;
    }

    /// <summary>Whether a user is left. If not, none can join any more.</summary>
    public bool GoesOn()
    {
        lock (_gate)
        {
            _hasEnded = _users == 0 && !_isAwaited;
            return !_hasEnded;
        }
    }

    public void End(bool isRight) => _outcome.TrySetResult(isRight);

    public void Fail(Exception exception)
    {
        _outcome.TrySetException(exception);
        // Observed here, as it is no defect when no caller waits for it.
        _ = _outcome.Task.Exception;
    }

    public void Dispose()
    {
        _hash.Dispose();
        file.Dispose();
    }
}
