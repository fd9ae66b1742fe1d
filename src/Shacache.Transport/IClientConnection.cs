namespace Shacache.Transport;

/// <summary>The connection of a request, where it is one of <see cref="SocketTransport"/>: it measures for itself how slowly answers are taken.</summary>
public interface IClientConnection
{
    /// <summary>Whether the client is waited for, since the system takes no more.</summary>
    bool IsSending { get; }

    /// <summary>What the application uses again for each request of the connection; null as long as it has kept nothing.</summary>
    object? Exchange { get; set; }

    /// <summary>Lets the reader of the connection find its end, so that it is closed after what is being sent.</summary>
    void End();
}
