using System.Runtime.InteropServices;

namespace Shacache.Posix;

/// <summary>Names and numbers of the users and groups of this machine, from wherever its C library takes them.</summary>
internal static partial class SystemAccounts
{
    private const string Library = "libc";
    // A group has the names of all its members.
    private const int MaxBufferBytes = 16 * 1024 * 1024;

    private delegate int Lookup<TKey, TRecord>(TKey key, out TRecord record, byte[] buffer, out nint found);

    /// <summary>A user as it is found.</summary>
    /// <param name="UserId">Its number.</param>
    /// <param name="GroupId">The number of its login group.</param>
    /// <param name="Name">Its name.</param>
    public readonly record struct User(uint UserId, uint GroupId, byte[] Name);

    /// <summary>The user with a name that ends with a NUL; null when there is none, or when that cannot be told.</summary>
    public static User? FindUser(byte[] name) =>
        name.Length > 1 ? Find<byte[], UserRecord, User>(name, GetUserByName, ToUser) : null;

    /// <summary>The user with a number.</summary>
    public static User? FindUser(uint id) => Find<uint, UserRecord, User>(id, GetUserById, ToUser);

    /// <summary>The number of the group with a name that ends with a NUL.</summary>
    public static uint? FindGroup(byte[] name) =>
        name.Length > 1 ? Find<byte[], GroupRecord, uint>(name, GetGroupByName, record => record.GroupId) : null;

    /// <summary>The name of a group, without a NUL; null when it has none.</summary>
    public static byte[]? FindGroupName(uint id)
    {
        byte[]? name = null;
        Find<uint, GroupRecord, uint>(id, GetGroupById, record =>
        {
            name = ReadText(record.Name);
            return id;
        });
        return name;
    }

    private static TResult? Find<TKey, TRecord, TResult>(TKey key, Lookup<TKey, TRecord> lookUp, Func<TRecord, TResult> convert)
        where TResult : struct
    {
        for (int size = 4096; size <= MaxBufferBytes; size *= 4)
        {
            // The record points into it.
            byte[] buffer = GC.AllocateUninitializedArray<byte>(size, pinned: true);
            int error = lookUp(key, out TRecord record, buffer, out nint found);
            if (error != PosixError.OutOfRange)
                return error == 0 && found != 0 ? convert(record) : null;
        }

        return null;
    }

    private static User ToUser(UserRecord record) => new(record.UserId, record.GroupId, ReadText(record.Name));

    private static unsafe byte[] ReadText(nint text) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)text).ToArray();

    private static int GetUserByName(byte[] name, out UserRecord record, byte[] buffer, out nint found) =>
        GetUserByName(name, out record, buffer, buffer.Length, out found);

    private static int GetUserById(uint id, out UserRecord record, byte[] buffer, out nint found) =>
        GetUserById(id, out record, buffer, buffer.Length, out found);

    private static int GetGroupByName(byte[] name, out GroupRecord record, byte[] buffer, out nint found) =>
        GetGroupByName(name, out record, buffer, buffer.Length, out found);

    private static int GetGroupById(uint id, out GroupRecord record, byte[] buffer, out nint found) =>
        GetGroupById(id, out record, buffer, buffer.Length, out found);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport(Library, EntryPoint = "getegid")]
    public static partial uint EffectiveGroupId();

    [LibraryImport(Library, EntryPoint = "getpwnam_r")]
    private static partial int GetUserByName(ReadOnlySpan<byte> name, out UserRecord record, Span<byte> buffer, nint size, out nint found);

    [LibraryImport(Library, EntryPoint = "getpwuid_r")]
    private static partial int GetUserById(uint id, out UserRecord record, Span<byte> buffer, nint size, out nint found);

    [LibraryImport(Library, EntryPoint = "getgrnam_r")]
    private static partial int GetGroupByName(ReadOnlySpan<byte> name, out GroupRecord record, Span<byte> buffer, nint size, out nint found);

    [LibraryImport(Library, EntryPoint = "getgrgid_r")]
    private static partial int GetGroupById(uint id, out GroupRecord record, Span<byte> buffer, nint size, out nint found);

    /// <summary>struct passwd of Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct UserRecord
    {
        public readonly nint Name;
        public readonly nint Password;
        public readonly uint UserId;
        public readonly uint GroupId;
        public readonly nint Description;
        public readonly nint Home;
        public readonly nint Shell;
    }

    /// <summary>struct group of Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct GroupRecord
    {
        public readonly nint Name;
        public readonly nint Password;
        public readonly uint GroupId;
        public readonly nint Members;
    }
}
