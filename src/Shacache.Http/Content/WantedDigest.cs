using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Http.Content;

/// <summary>Want-Repr-Digest and Repr-Digest (RFC 9530): a client that asks for the digest of an object wants to know what is stored, and not what it is called.</summary>
/// <remarks>So it is answered from a comparison of the bytes, and left out when that takes too long; the object is compared to its end then, for the next question.</remarks>
internal static class WantedDigest
{
    private const string WantHeader = WireHeaders.WantDigest;
    private const string Header = WireHeaders.Digest;
    private const string Algorithm = "sha-512";

    /// <summary>Shorter than what a client waits for the beginning of an answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static bool IsWanted(IHeaderDictionary asked) =>
        asked.TryGetValue(WantHeader, out var wanted) && wanted.ToString().Contains(Algorithm, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="BlobDamagedException">The object has another digest than its name says.</exception>
    public static async ValueTask WriteAsync(HttpContext context, IBlob blob)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(Patience);
        try
        {
            if (blob.Content is null && !await blob.EnsureVerifiedAsync(patience.Token))
                return;
            byte[] digest = new byte[Digest.LengthBytes];
            blob.Digest.CopyTo(digest);
            context.Response.Headers[Header] = $"{Algorithm}=:{Convert.ToBase64String(digest)}:";
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // The answer goes without.
        }
    }
}
