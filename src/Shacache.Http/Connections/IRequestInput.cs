namespace Shacache.Http.Connections;

/// <summary>A connection whose client need not be listened to any more.</summary>
internal interface IRequestInput
{
    /// <summary>Has whoever reads from the connection find its end, so that it is closed behind what is being sent.</summary>
    void End();
}
