namespace Shacache.Transport;

/// <summary>The connection of a request, where it is one of <see cref="SocketTransport"/>: it measures for itself how slowly answers are taken.</summary>
public interface IClientConnection
{
    /// <summary>Whether the client is waited for, since the system takes no more.</summary>
    bool IsSending { get; }

    /// <summary>What the application uses again for each request of the connection; null as long as it has kept nothing.</summary>
    object? Exchange { get; set; }

    /// <summary>Lets the reader of the connection find its end, so that it is closed after what is being sent. The client may still be sending.</summary>
    void End();

    /// <summary>
    /// Says that the client may still be sending when the connection is closed: what comes is taken for a while, also when nothing has come yet, since it would meet a
    /// closed connection, be answered with a reset, and the client could lose its answer.
    /// </summary>
    void Linger();
}
