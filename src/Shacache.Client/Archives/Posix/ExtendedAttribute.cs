using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shacache.Posix;

namespace Shacache.Client.Archives.Posix;

/// <summary>An extended attribute of a file (xattr(7)).</summary>
/// <param name="Name">Its name with its namespace, such as <c>user.comment</c>, and a NUL.</param>
/// <param name="Value">Its value, which may be empty.</param>
internal readonly record struct ExtendedAttribute(byte[] Name, byte[] Value)
{
    // The kernel has no longer lists of names.
    private const int MaxListBytes = 64 * 1024;

    /// <summary>What a program may do without being started as root: as powerful as a set-uid bit.</summary>
    public bool IsCapability => IsNamed("security.capability"u8);

    /// <summary>Whether it means the same on every machine.</summary>
    public bool IsPortable => Name.AsSpan().StartsWith("user."u8) || IsCapability;

    /// <summary>Whether each machine gives it by its own rules, so that nothing is lost without it.</summary>
    public bool IsLabel => IsNamed("security.selinux"u8);

    /// <summary>The name without its NUL.</summary>
    public ReadOnlySpan<byte> PlainName => Name.AsSpan(0, Name.Length - 1);

    /// <summary>The attributes of an open file in the order of their names, values of those that are portable; null when there are none, or the file system has none.</summary>
    public static List<ExtendedAttribute>? ReadAll(SafeFileHandle file)
    {
        Span<byte> names = stackalloc byte[512];
        nint length = FileCalls.ListAttributes(file, names, names.Length);
        if (length < 0 && Marshal.GetLastPInvokeError() == PosixError.OutOfRange)
        {
            names = new byte[MaxListBytes];
            length = FileCalls.ListAttributes(file, names, names.Length);
        }

        int error = length < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (length == 0 || FileSystemCalls.IsUnsupported(error))
            return null;
        if (length < 0)
            throw FileSystemCalls.Failure("list the extended attributes of", default, error);

        List<ExtendedAttribute> attributes = [];
        for (ReadOnlySpan<byte> rest = names[..(int)length]; rest.IndexOf((byte)0) is > 0 and int end; rest = rest[(end + 1)..])
        {
            byte[] name = rest[..(end + 1)].ToArray();
            var attribute = new ExtendedAttribute(name, []);
            if (!attribute.IsPortable)
                attributes.Add(attribute);
            else if (TryRead(file, name) is { } value)
                attributes.Add(attribute with { Value = value });
        }

        attributes.Sort(static (left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        return attributes;
    }

    private static byte[]? TryRead(SafeFileHandle file, byte[] name)
    {
        byte[] value = new byte[256];
        while (true)
        {
            nint length = FileCalls.GetAttribute(file, name, value, value.Length);
            if (length >= 0)
                return value[..(int)length];
            int error = Marshal.GetLastPInvokeError();
            if (error == PosixError.NoData)
                return null;
            if (error != PosixError.OutOfRange || value.Length > MaxListBytes)
                throw FileSystemCalls.Failure("read an extended attribute of", default, error);
            value = new byte[value.Length * 8];
        }
    }

    private bool IsNamed(ReadOnlySpan<byte> name) => PlainName.SequenceEqual(name);
}
