using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Errors;

namespace Shacache.Client.Archives;

/// <summary>What becomes of the files of an archive while it is extracted. Paths are those below the top folder, with slashes between the names.</summary>
internal interface ITreeChanges
{
    /// <summary>Whether a file is left out.</summary>
    bool Removes(ReadOnlySpan<byte> path);

    /// <summary>How a file changes; null when it stays as it is.</summary>
    IFileChange? FindChange(ReadOnlySpan<byte> path);

    /// <summary>Where a symbolic link leads.</summary>
    /// <exception cref="ArchiveException">It leads elsewhere than was expected.</exception>
    byte[] ChangeTarget(ReadOnlySpan<byte> path, byte[] target);

    /// <summary>The files that are made anew when all others are there.</summary>
    IReadOnlyList<byte[]> Late { get; }

    /// <summary>Makes such a file anew.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="content">Its content.</param>
    /// <param name="changed">Its new content.</param>
    /// <returns>False when it stays as it is.</returns>
    bool TryChangeLate(byte[] path, byte[] content, [NotNullWhen(true)] out byte[]? changed);
}

/// <summary>How the content of a file changes as it passes.</summary>
internal interface IFileChange
{
    /// <summary>Whether the file is changed once more when all of it is written; it is opened for reading, too, then.</summary>
    bool IsCompletedLater { get; }

    /// <summary>How many bytes longer the content has become so far.</summary>
    long AddedBytes { get; }

    /// <summary>Changes the next piece.</summary>
    /// <param name="offset">Where it stands in the file as it is in the archive.</param>
    /// <param name="piece">The piece.</param>
    /// <param name="parts">Gets what is to be written instead, one after the other.</param>
    /// <exception cref="ArchiveException">The content is not what was expected.</exception>
    void Change(long offset, ReadOnlyMemory<byte> piece, List<ReadOnlyMemory<byte>> parts);

    /// <summary>All of the content has passed.</summary>
    /// <exception cref="ArchiveException">The content is not what was expected.</exception>
    void End();

    /// <summary>Changes the file that is written; called on the thread that writes.</summary>
    /// <exception cref="ArchiveException">It cannot be changed.</exception>
    void Complete(SafeFileHandle file);
}
