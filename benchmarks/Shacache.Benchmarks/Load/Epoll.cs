using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shacache.Benchmarks.Load;

/// <summary>Readiness of many sockets, level-triggered. For one thread.</summary>
internal sealed unsafe partial class Epoll : IDisposable
{
    public const uint Readable = 1;
    public const uint Writable = 4;

    private const int Add = 1;
    private const int Modify = 3;
    private const int MaxEvents = 256;
    private const int CloseOnExec = 0x80000;

    // The kernel packs struct epoll_event on x86-64 only.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventBytes = DataOffset + 8;

    private readonly int _descriptor = LibC.Check(Create(CloseOnExec), "epoll_create1");
    private readonly byte* _events = (byte*)NativeMemory.AlignedAlloc(MaxEvents * 16, 16);

    /// <summary>Watches a socket; closing it ends the watch.</summary>
    public void Watch(int socket, uint events, int tag) => Control(Add, socket, events, tag);

    /// <summary>Changes what a watched socket is watched for.</summary>
    public void Rewatch(int socket, uint events, int tag) => Control(Modify, socket, events, tag);

    /// <summary>Waits for events.</summary>
    /// <returns>How many there are; <see cref="Tag"/> tells whose.</returns>
    public int Wait(int timeoutMs)
    {
        int count = Wait(_descriptor, _events, MaxEvents, timeoutMs);
        const int Interrupted = 4;
        return count < 0 && Marshal.GetLastPInvokeError() == Interrupted ? 0 : LibC.Check(count, "epoll_wait");
    }

    public int Tag(int index) => Unsafe.ReadUnaligned<int>(_events + (index * EventBytes) + DataOffset);

    public void Dispose()
    {
        LibC.Close(_descriptor);
        NativeMemory.AlignedFree(_events);
    }

    private void Control(int operation, int socket, uint events, int tag)
    {
        byte* change = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(change, 4), events);
        BinaryPrimitives.WriteInt64LittleEndian(new Span<byte>(change + DataOffset, 8), tag);
        LibC.Check(Control(_descriptor, operation, socket, change), "epoll_ctl");
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int socket, byte* change);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int Wait(int epoll, byte* events, int maxEvents, int timeoutMs);
}
