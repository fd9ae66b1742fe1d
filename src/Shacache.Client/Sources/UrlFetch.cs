using System.Buffers;
using System.Net;
using Shacache.Client.Configuration;
using Shacache.Client.Http;

namespace Shacache.Client;

/// <summary>Fetches what is to be uploaded from where it comes from, which is no network cache: nothing says what its bytes should be.</summary>
internal sealed class UrlFetch : IDisposable
{
    private const int PieceBytes = 128 * 1024;

    private readonly NetworkCacheOptions _options;
    private readonly HttpTransport _transport;
    private readonly CacheUrl _server;
    private readonly CacheRequest _request;

    public UrlFetch(Uri url, NetworkCacheOptions options)
    {
        _options = options;
        _transport = new HttpTransport(options, new TlsFiles(), "", [], TimeProvider.System);
        _server = CacheUrl.Parse(url.GetComponents(UriComponents.SchemeAndServer | UriComponents.UserInfo, UriFormat.UriEscaped));
        _request = new CacheRequest(
            HttpMethod.Get, _server, new Uri(url.GetComponents(UriComponents.SchemeAndServer | UriComponents.PathAndQuery, UriFormat.UriEscaped)));
    }

    /// <summary>Copies the body, with retries; each begins anew.</summary>
    /// <exception cref="NetworkCacheException">It did not come whole.</exception>
    public async Task CopyToAsync(Stream destination, IProgress<TransferProgress>? progress, CancellationToken cancellationToken) =>
        await new Failover(_options, TimeProvider.System).RunAsync(
            [_server], "the URL given", null, (_, token) => TryCopyAsync(destination, progress, token), cancellationToken).ConfigureAwait(false);

    public void Dispose() => _transport.Dispose();

    private async Task<long> TryCopyAsync(Stream destination, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        using TransferClock clock = _transport.StartClock(cancellationToken);
        using HttpResponseMessage response = await _transport.SendAsync(_request, clock).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
            throw await _transport.ReadFailureAsync(_request, response, clock).ConfigureAwait(false);

        destination.SetLength(0);
        long? total = response.Content.Headers.ContentLength;
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int read;
            while ((read = await ReadAsync(response, piece, destination.Position, clock).ConfigureAwait(false)) > 0)
            {
                if (destination.Position + read > _options.MaxContentBytes)
                    throw new RequestFailure(FailureKind.Unusable, $"{_request}: larger than the {_options.MaxContentBytes} bytes that are accepted");
                await destination.WriteAsync(piece.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                progress?.Report(new TransferProgress(TransferStage.Fetching, destination.Position, total));
            }

            return destination.Position;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private async ValueTask<int> ReadAsync(HttpResponseMessage response, byte[] piece, long doneBytes, TransferClock clock)
    {
        clock.Wait(_options.StallTimeout, "further byte");
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(clock.Token).ConfigureAwait(false);
            int read = await body.ReadAsync(piece.AsMemory(0, PieceBytes), clock.Token).ConfigureAwait(false);
            clock.Pause();
            return read;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !clock.IsCancelledByCaller))
        {
            throw HttpTransport.Explain(_request, e, clock, $" (after {doneBytes} bytes)");
        }
    }
}
