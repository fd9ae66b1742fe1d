using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Client.Archives.Tar;

namespace Shacache.Client.Archives;

/// <summary>Something that is still to be done with a file that was created.</summary>
/// <param name="File">The open file.</param>
/// <param name="Entry">What it was created from.</param>
internal readonly record struct PendingWrite(SafeFileHandle File, TarEntry Entry)
{
    /// <summary>What is written.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>Where it is written; null for behind what was written last.</summary>
    public long? OffsetBytes { get; init; }

    /// <summary>Whether the file is complete with this, and gets what the entry says of it.</summary>
    public bool IsLast { get; init; }

    /// <summary>With the last: whether the file was created with other permissions than the entry's.</summary>
    public bool NeedsMode { get; init; }

    /// <summary>With the last: who is to own the file.</summary>
    public FileOwner Owner { get; init; }

    /// <summary>Does it.</summary>
    /// <param name="metadata">Sets what the entry says of the file.</param>
    /// <exception cref="FileSystemException">The disk failed, or is full.</exception>
    public void Execute(TreeMetadata metadata)
    {
        if (OffsetBytes is { } offset)
            FileSystemCalls.Seek(File, offset);
        FileSystemCalls.Write(File, Content.Span);
        if (!IsLast)
            return;
        // It may end with a hole.
        if (Entry.Extents is not null)
            FileSystemCalls.Check(LibC.SetLength(File, Entry.SizeBytes), "set the length");
        metadata.Set(File, Owner, NeedsMode ? Entry.Permissions : null, Entry.Attributes, Entry.Modified);
    }
}
