namespace Shacache.Blobs.S3.Uploads;

/// <summary>How long parts are: the protocol allows 10 000 of them, of 5 MiB to 5 GiB (Amazon S3 User Guide, "Multipart upload limits").</summary>
internal static class PartSize
{
    /// <summary>So many parts an upload may have.</summary>
    public const int MaxParts = 10_000;

    /// <summary>What is no longer takes one request.</summary>
    public const int Least = 8 << 20;

    private const int Most = 1 << 30;

    /// <summary>After so many parts they become twice as long: with 10 000 of them an upload without announced length reaches 484 GiB.</summary>
    private const int Step = 2_000;

    /// <summary>The length of a part.</summary>
    /// <param name="number">From 1 on.</param>
    /// <param name="expectedBytes">How long all will be; null when that is not known.</param>
    public static int Of(int number, long? expectedBytes)
    {
        int doublings = Math.Clamp((number - 1) / Step, 0, 4);
        long needed = ((expectedBytes ?? 0) / (MaxParts - 1000)) + 1;
        long bytes = Math.Max(Least << doublings, (needed + (1 << 20) - 1) >> 20 << 20);
        return (int)Math.Min(bytes, Most);
    }
}
