using Shacache.Core.Blobs;
using Shacache.Core.Savings;

namespace Shacache.Http.Content;

/// <summary>As what it is counted that a client gets a blob by GET.</summary>
/// <param name="Notes">Where it is counted.</param>
/// <param name="Kind">As what.</param>
internal readonly record struct Delivery(IUseNotes Notes, DeliveryKind Kind)
{
    /// <summary>It is not counted: HEAD, and what no cache keeps.</summary>
    public static readonly Delivery Uncounted = new(NoUseNotes.Instance, DeliveryKind.Stored);

    /// <summary>Counts an answer, once it has ended in any way.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="sentBytes">Its bytes that were sent; 0 for an answer without any.</param>
    public void Note(IBlob blob, long sentBytes)
    {
        var sent = BlobSent.Of(blob.LengthBytes, sentBytes);
        switch (Kind)
        {
            case DeliveryKind.Stored:
                Notes.NoteSent(blob.Digest, blob.LengthBytes, sent);
                break;
            case DeliveryKind.Joined:
                // The request was counted as a miss; and what is on its way is not stored yet.
                Notes.NoteSent(blob.Digest, lengthBytes: null, sent with { Requests = 0, Cache = CacheKind.Proximity });
                break;
            default:
                Notes.NoteTraffic(new Traffic(CacheKind.Proximity, 0, 0, sentBytes), savedBytes: 0);
                break;
        }
    }
}

/// <summary>How a blob comes to be sent.</summary>
internal enum DeliveryKind
{
    /// <summary>It was here.</summary>
    Stored,

    /// <summary>It is on its way, for another client.</summary>
    Joined,

    /// <summary>It is fetched for this client.</summary>
    Fetched,
}
