using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Shacache.Posix;

/// <summary>The system calls on sockets that .NET has no method for.</summary>
internal static partial class SocketCalls
{
    private const int Peek = 2;
    private const int DoNotWait = 0x40;
    private const int NoSignal = 0x4000;
    private const int MoreFollows = 0x8000;
    private const short OtherSideClosed = 0x2000;
    private const int LevelTcp = 6;
    private const int TcpInfo = 11;

    // Where bytes_acked lies in struct tcp_info.
    private const int AcknowledgedAt = 120;

    /// <summary>Whether the calls below may be used. Elsewhere their numbers and types differ.</summary>
    public static bool AreThere => ProcessCalls.Is64BitLinux;

    /// <summary>Sends what there is room for and lets the kernel wait for what follows, so that a head and a body share packets.</summary>
    /// <returns>The number of bytes; 0 when there is no room or the call failed, which the next send reports.</returns>
    public static unsafe int SendSome(SafeSocketHandle socket, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
            return (int)Math.Max(0, Send(socket, start, bytes.Length, DoNotWait | NoSignal | MoreFollows));
    }

    /// <summary>Whether the other side has closed or reset the connection.</summary>
    /// <param name="socket">A descriptor that stays open meanwhile.</param>
    /// <param name="mayBeUnread">Whether it counts as closed while something that was sent before is still to be read.</param>
    public static unsafe bool IsHungUp(nint socket, bool mayBeUnread)
    {
        if (mayBeUnread)
        {
            var asked = new PollRequest { Descriptor = (int)socket, Events = OtherSideClosed };
            return Poll(ref asked, 1, timeoutMilliseconds: 0) > 0;
        }

        byte next;
        nint received = Receive(socket, &next, 1, Peek | DoNotWait);
        return received == 0 || (received < 0 && PosixError.Last is not (PosixError.WouldBlock or PosixError.Interrupted));
    }

    /// <summary>How many bytes the other side has acknowledged: what the system holds for it was not taken.</summary>
    /// <returns>Null where that is not known.</returns>
    /// <exception cref="SocketException">There is no connection any more.</exception>
    /// <exception cref="ObjectDisposedException">Neither.</exception>
    public static long? FindAcknowledgedBytes(Socket socket)
    {
        Span<byte> status = stackalloc byte[AcknowledgedAt + sizeof(long)];
        return AreThere && socket.GetRawSocketOption(LevelTcp, TcpInfo, status) == status.Length ? MemoryMarshal.Read<long>(status[AcknowledgedAt..]) : null;
    }

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static unsafe partial nint Send(SafeSocketHandle socket, byte* bytes, nint lengthBytes, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static unsafe partial nint Receive(nint socket, byte* bytes, nint lengthBytes, int flags);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollRequest request, nuint count, int timeoutMilliseconds);

    /// <summary>What poll(2) is asked, and where it answers. It tells of errors and resets unasked.</summary>
    private struct PollRequest
    {
        public int Descriptor;
        public short Events;
        public short Found;
    }
}
