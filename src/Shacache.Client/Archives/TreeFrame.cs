using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Archives;

/// <summary>A folder that is being filled: open, writable for its owner alone, and what it is to be in the end.</summary>
internal sealed class TreeFrame(byte[] name, SafeFileHandle handle, FileOwner owner) : IDisposable
{
    /// <summary>Its name with a NUL.</summary>
    public byte[] Name { get; } = name;

    /// <summary>The open folder.</summary>
    public SafeFileHandle Handle { get; } = handle;

    /// <summary>The permissions that it gets in the end; by default those of a folder that the archive does not mention.</summary>
    public uint Permissions { get; set; } = 0x1ed;

    /// <summary>The owner that it gets in the end.</summary>
    public FileOwner Owner { get; set; } = owner;

    /// <summary>The extended attributes that it gets in the end.</summary>
    public IReadOnlyList<ExtendedAttribute>? Attributes { get; set; }

    /// <summary>The modification time that it gets in the end; null for none.</summary>
    public TimeSpec? Modified { get; set; }

    /// <summary>Sets what filling it would have changed.</summary>
    public void Complete(TreeMetadata metadata) => metadata.Set(Handle, Owner, Permissions, Attributes, Modified);

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();
}
