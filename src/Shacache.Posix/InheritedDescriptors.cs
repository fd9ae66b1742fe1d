using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Shacache.Posix;

/// <summary>Descriptors that this process got from the one that started it. For 64-bit Linux.</summary>
internal static partial class InheritedDescriptors
{
    private const int StandardOutput = 1;
    private const int LastStandard = 2;
    private const int GetFlags = 1;
    private const int SetFlags = 2;
    private const int CloseOnExec = 1;
    private const int LevelSocket = 1;
    private const int Type = 3;
    private const int IsListening = 30;
    private const int StreamType = 1;
    private const int FamilyIPv4 = 2;
    private const int FamilyIPv6 = 10;

    /// <summary>Opens <c>/dev/null</c> in the place of standard streams that are closed: else the next files to be opened, such as the database, would get their numbers, and messages. What is written to a standard output that is closed fails all the same.</summary>
    public static void OccupyStandardStreams()
    {
        for (int descriptor = 0; descriptor <= LastStandard; descriptor++)
        {
            // open gives the lowest number that is free.
            int access = descriptor == StandardOutput ? FileCalls.ReadOnly : FileCalls.ReadWrite;
            if (Control(descriptor, GetFlags, 0) < 0 && FileCalls.Open("/dev/null", access, 0) != descriptor)
                return;
        }
    }

    /// <summary>The address that a socket of TCP listens on; null when the descriptor is none that listens.</summary>
    public static unsafe IPEndPoint? FindListeningAddress(int descriptor)
    {
        if (ReadOption(descriptor, Type) != StreamType || ReadOption(descriptor, IsListening) != 1)
            return null;
        // struct sockaddr_in6, which is the longer one: family, port, flow, address, scope.
        Span<byte> address = stackalloc byte[28];
        uint length = (uint)address.Length;
        fixed (byte* start = address)
        {
            if (GetName(descriptor, start, ref length) != 0)
                return null;
        }

        ushort port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        return MemoryMarshal.Read<ushort>(address) switch
        {
            FamilyIPv4 => new IPEndPoint(new IPAddress(address.Slice(4, 4)), port),
            FamilyIPv6 => new IPEndPoint(new IPAddress(address.Slice(8, 16), MemoryMarshal.Read<uint>(address[24..])), port),
            _ => null,
        };
    }

    /// <summary>Keeps a descriptor from the programs that this process starts.</summary>
    public static void KeepFromChildren(int descriptor)
    {
        if (Control(descriptor, GetFlags, 0) is >= 0 and var flags)
            _ = Control(descriptor, SetFlags, flags | CloseOnExec);
    }

    private static unsafe int? ReadOption(int descriptor, int option)
    {
        int value;
        uint length = sizeof(int);
        return GetOption(descriptor, LevelSocket, option, &value, ref length) == 0 ? value : null;
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "getsockopt")]
    private static unsafe partial int GetOption(int descriptor, int level, int option, int* value, ref uint lengthBytes);

    [LibraryImport("libc", EntryPoint = "getsockname")]
    private static unsafe partial int GetName(int descriptor, byte* address, ref uint lengthBytes);
}
