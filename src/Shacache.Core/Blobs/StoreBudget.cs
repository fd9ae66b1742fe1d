using Shacache.Core.Savings;

namespace Shacache.Core.Blobs;

/// <summary>How much a store may hold, and how much it holds now, nearly. <see cref="BlobEviction"/> makes room, and says when there is none to be made.</summary>
/// <param name="options">The limits.</param>
/// <param name="findSpace">Tells the space of the file system now; null when it is not known.</param>
public sealed class StoreBudget(StoreBudgetOptions options, Func<DiskSpace?> findSpace) : IDisposable
{
    /// <summary>So much growth is worth a look at the free space of the disk.</summary>
    private const long GrowthBytes = 64 << 20;

    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>Those that were counted last, and what came since.</summary>
    private long _storedBytes;

    private long _uncheckedBytes;
    private volatile Exhaustion _exhaustion;
    private volatile bool _isExhaustedElsewhere;

    /// <summary>The limits.</summary>
    public StoreBudgetOptions Options => options;

    /// <summary>What is short of room that cannot be made. Uploads are refused meanwhile.</summary>
    public Exhaustion Exhaustion
    {
        get => _exhaustion;
        internal set => _exhaustion = value;
    }

    /// <summary>Whether the node that makes room for all has found that there is none to be made.</summary>
    internal bool IsExhaustedElsewhere
    {
        get => _isExhaustedElsewhere;
        set => _isExhaustedElsewhere = value;
    }

    /// <summary>The space of the file system now; null when it is not known.</summary>
    public DiskSpace? FindSpace() => findSpace();

    /// <inheritdoc cref="IBlobStore.EnsureRoom"/>
    public void EnsureRoom(long? lengthBytes)
    {
        if (options.MaxBytes is { } max && lengthBytes > max)
            throw new StoreLimitException($"{lengthBytes} bytes are more than this server stores in all, {max} bytes (max-store-size). Nothing was stored.");
        if (_exhaustion == Exhaustion.OfLimit || _isExhaustedElsewhere)
        {
            throw new StoreLimitException(
                $"The store holds its {options.MaxBytes} bytes (max-store-size), and all of it was stored or asked for within evict-grace. " +
                "Nothing was stored; try again later, or raise max-store-size.");
        }

        // Others fill the disk and make room on it, at any time.
        if (_exhaustion == Exhaustion.OfDisk && FindMissingBytes() > 0)
        {
            throw new StoreLimitException(
                "The disk of this server has less free space than min-free-space, and nothing is stored that may go. Nothing was stored; try again later, or make room on it.");
        }
    }

    /// <summary>How many bytes the file system has less than is to stay free, and some more so that it is not so again at once; 0 when it has enough.</summary>
    internal long FindMissingBytes() =>
        findSpace() is { } space && options.MinFree.Of(space) is var reserve && space.FreeBytes < reserve ? reserve + (reserve / 20) - space.FreeBytes : 0;

    /// <summary>Notes that a blob was stored that was not there before.</summary>
    public void NoteStored(long lengthBytes)
    {
        long storedBytes = Interlocked.Add(ref _storedBytes, lengthBytes);
        if (storedBytes > options.MaxBytes || Interlocked.Add(ref _uncheckedBytes, lengthBytes) > GrowthBytes)
            Wake();
    }

    /// <summary>How much is stored, nearly: those that were counted last, and what came since.</summary>
    public long StoredBytes => Interlocked.Read(ref _storedBytes);

    /// <summary>Corrects what is known.</summary>
    internal void Recount(long storedBytes) => Interlocked.Exchange(ref _storedBytes, storedBytes);

    /// <summary>Waits until there may be something to do.</summary>
    internal async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        await _wake.WaitAsync(atMost, cancellationToken).ConfigureAwait(false);
        Interlocked.Exchange(ref _uncheckedBytes, 0);
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    private void Wake()
    {
        if (_wake.CurrentCount > 0)
            return;
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another upload was first.
        }
    }
}

/// <summary>How much a store may hold, and what stays in it.</summary>
public sealed class StoreBudgetOptions
{
    /// <summary>The most bytes of content; null for no limit.</summary>
    public long? MaxBytes { get; set; }

    /// <summary>How much of the file system stays free.</summary>
    public DiskReserve MinFree { get; set; } = DiskReserve.Default;

    /// <summary>What goes first.</summary>
    public EvictionOrder Order { get; set; } = EvictionOrder.LeastRecent;

    /// <summary>For how long a blob is kept after it was stored, or a client was told that it is there.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromHours(1);
}

/// <summary>A part of a file system that stays free: the smaller one of a number of bytes and a share.</summary>
/// <param name="Bytes">The number of bytes; null for the share alone.</param>
/// <param name="Percent">The share, 0 to 100.</param>
public readonly record struct DiskReserve(long? Bytes, int Percent)
{
    /// <summary>256 MiB, and no more than a tenth of a small file system.</summary>
    public static DiskReserve Default { get; } = new(256L << 20, 10);

    /// <summary>How many bytes that are.</summary>
    public long Of(DiskSpace space) => Math.Min(Bytes ?? long.MaxValue, (long)(space.TotalBytes / 100.0 * Percent));
}

/// <summary>What is short of room.</summary>
public enum Exhaustion
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The store, by its own limit.</summary>
    OfLimit,

    /// <summary>The file system.</summary>
    OfDisk,
}

/// <summary>How much a file system has.</summary>
/// <param name="FreeBytes">What may still be written.</param>
/// <param name="TotalBytes">Its size.</param>
public readonly record struct DiskSpace(long FreeBytes, long TotalBytes);
