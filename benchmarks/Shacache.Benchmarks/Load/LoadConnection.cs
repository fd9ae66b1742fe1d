using System.Text;

namespace Shacache.Benchmarks.Load;

/// <summary>One connection of the generator: sends a request, reads the answer, and again.</summary>
internal sealed class LoadConnection(LoadPlan plan, Epoll epoll, int tag)
{
    private const int MaxHeadBytes = 8192;

    private readonly IRequestSource _requests = plan.Requests(tag);
    private readonly byte[] _partialHead = new byte[MaxHeadBytes];
    private int _partialHeadBytes;
    private int _socket = -1;
    private bool _watchesWritable;
    private bool _inBody;
    private ReadOnlyMemory<byte> _unsent;
    private long _missingBytes;

    public long BodyBytes { get; private set; }

    public bool IsIdle { get; private set; } = true;

    /// <summary>Sends the next request, over a new connection when there is none.</summary>
    public void Begin()
    {
        IsIdle = false;
        _unsent = _requests.Next();
        if (_socket >= 0)
        {
            Send();
            return;
        }

        _socket = LibC.ConnectToLoopback(plan.Port);
        _unsent = _unsent[LibC.Send(_socket, _unsent.Span)..];
        _watchesWritable = !_unsent.IsEmpty;
        epoll.Watch(_socket, _watchesWritable ? Epoll.Readable | Epoll.Writable : Epoll.Readable, tag);
    }

    /// <summary>Goes on after the socket became ready.</summary>
    /// <returns>True when the answer is complete and right; the connection is then idle.</returns>
    public bool Proceed(Span<byte> buffer)
    {
        if (!_unsent.IsEmpty)
            Send();
        int received;
        do
        {
            _partialHead.AsSpan(0, _partialHeadBytes).CopyTo(buffer);
            received = LibC.Receive(_socket, buffer[_partialHeadBytes..]);
            if (received == 0)
                return OnEnd();
            if (received > 0 && OnBytes(buffer[..(_partialHeadBytes + received)]) && !plan.Close)
                return IsIdle = true;
        }
        while (received == buffer.Length);
        return false;
    }

    public void Close()
    {
        if (_socket >= 0)
            LibC.Close(_socket);
        _socket = -1;
    }

    /// <returns>True when the body is complete.</returns>
    private bool OnBytes(ReadOnlySpan<byte> bytes)
    {
        if (!_inBody)
        {
            if (!ResponseHead.TryParse(bytes, out ResponseHead head))
            {
                if (bytes.Length > MaxHeadBytes)
                    throw new LoadException($"the head of an answer is longer than {MaxHeadBytes} bytes");
                bytes.CopyTo(_partialHead);
                _partialHeadBytes = bytes.Length;
                return false;
            }

            if (head.Status != plan.Status || (plan.BodyBytes ?? head.BodyBytes) != head.BodyBytes)
            {
                throw new LoadException(
                    $"expected status {plan.Status} and {plan.BodyBytes?.ToString() ?? "any number of"} bytes, got: {Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 400)])}");
            }

            bytes = bytes[head.HeadBytes..];
            _partialHeadBytes = 0;
            _inBody = true;
            _missingBytes = head.BodyBytes;
        }

        if (bytes.Length > _missingBytes)
            throw new LoadException($"{bytes.Length - _missingBytes} bytes too many came after an answer");
        BodyBytes += bytes.Length;
        _missingBytes -= bytes.Length;
        if (_missingBytes > 0)
            return false;
        _inBody = plan.Close;
        return true;
    }

    private bool OnEnd()
    {
        if (!plan.Close || !_inBody || _missingBytes > 0)
            throw new LoadException($"the server closed a connection with {(_inBody ? $"{_missingBytes} bytes of an answer" : "a whole answer")} missing");
        _inBody = false;
        Close();
        return IsIdle = true;
    }

    private void Send()
    {
        _unsent = _unsent[LibC.Send(_socket, _unsent.Span)..];
        if (_watchesWritable == _unsent.IsEmpty)
        {
            _watchesWritable = !_unsent.IsEmpty;
            epoll.Rewatch(_socket, _watchesWritable ? Epoll.Readable | Epoll.Writable : Epoll.Readable, tag);
        }
    }
}
