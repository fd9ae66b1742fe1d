using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Archives;

/// <summary>A folder that is being filled: open, writable for its owner alone, and what it is to be in the end.</summary>
internal sealed class TreeFrame(byte[] name, SafeFileHandle handle) : IDisposable
{
    /// <summary>Its name with a NUL.</summary>
    public byte[] Name { get; } = name;

    /// <summary>The open folder.</summary>
    public SafeFileHandle Handle { get; } = handle;

    /// <summary>The permissions that it gets in the end; by default those of a folder that the archive does not mention.</summary>
    public uint Permissions { get; set; } = 0x1ed;

    /// <summary>The modification time that it gets in the end; null for none.</summary>
    public TimeSpec? Modified { get; set; }

    /// <summary>Sets what filling it would have changed.</summary>
    public void Complete()
    {
        FileSystemCalls.Check(LibC.ChangeMode(Handle, Permissions), "set the mode");
        if (Modified is { } modified)
            FileSystemCalls.SetTimes(Handle, modified);
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
