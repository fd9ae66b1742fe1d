using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Http.Content;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Gateway;

/// <summary>A stored copy of the file at a URL, open for reading.</summary>
internal sealed class GatewayCopy(IBlobStore blobs, IBlob blob, OriginMetadata metadata) : IAsyncDisposable
{
    private const int ReadBytes = 128 * 1024;

    public IBlob Blob { get; } = blob;

    public OriginMetadata Metadata { get; } = metadata;

    /// <summary>What the note says beside that; null when it was found in another way.</summary>
    public GatewayNote? Note { get; init; }

    /// <summary>Whether it is what was promised, as far as that was compared when it came.</summary>
    public bool Is(FileHash promised) => promised.Digest is { } digest ? digest == Blob.Digest : Note?.Promise == promised;

    /// <summary>Whether its bytes have a hash. Reads them all.</summary>
    public async ValueTask<bool> HasAsync(FileHash hash, CancellationToken cancellationToken)
    {
        using IncrementalHash computed = hash.Begin();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            int count;
            for (long offset = 0; offset < Blob.LengthBytes && (count = await Blob.ReadAsync(offset, buffer, cancellationToken)) > 0; offset += count)
                computed.AppendData(buffer.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return hash.Is(computed);
    }

    /// <summary>Answers with it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="cacheStatus">How the answer came about.</param>
    public async ValueTask SendAsync(HttpContext context, string cacheStatus)
    {
        var delivery = new Delivery(blobs.Uses, DeliveryKind.Stored);
        if (await GatewayConditions.BeginAsync(context, Metadata, Blob.LengthBytes, cacheStatus) is { } wanted)
            await BlobBody.CopyAsync(context, Blob, wanted, delivery);
        else if (HttpMethods.IsGet(context.Request.Method))
            delivery.Note(Blob, 0);
    }

    public ValueTask DisposeAsync() => Blob.DisposeAsync();
}
