namespace Shacache.Client.Archives.Gzip;

/// <summary>Why <see cref="Inflater"/> stopped.</summary>
internal enum InflateStatus
{
    /// <summary>It needs more input.</summary>
    NeedsInput,

    /// <summary>The output is full.</summary>
    OutputFull,

    /// <summary>The stream has ended.</summary>
    Done,

    /// <summary>The data are no deflate stream.</summary>
    Damaged,
}
