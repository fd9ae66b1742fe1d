using System.Diagnostics;
using System.Net;
using Shacache.Blobs.S3.Credentials;
using Shacache.Protocol;

namespace Shacache.Blobs.S3.Requests;

/// <summary>Sends requests to a bucket: signed, bounded, and tried again where that is safe.</summary>
/// <remarks>
/// An attempt ends when nothing has moved for <see cref="AnswerLimit"/>. Attempts are repeated for <see cref="Patience"/>; for a second after one was in vain, the others fail at once.
/// So a store that is dead is given up within 15 s, and one that hangs within 40 s. Safe for concurrent use.
/// </remarks>
internal sealed class BucketClient : IDisposable
{
    /// <summary>How long nothing may move.</summary>
    public static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(12);

    /// <summary>For how long something is tried again that failed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>For how long nothing is tried once that was in vain.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>By so much clocks may differ before that counts as the reason of a refusal: stores allow 15 minutes.</summary>
    private static readonly TimeSpan MaxClockError = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(4);
    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));

    /// <summary>Listings of 1000 objects take some 400 KiB.</summary>
    private const int MaxBodyBytes = 8 << 20;

    private readonly BucketUrl _url;
    private readonly string _bucket;
    private readonly CredentialSource _credentials;
    private readonly RequestSigner _signer;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _sender = new(
        HttpConnections.CreateHandler(TlsSettings.CreateForClient(), new ConnectionSettings { ConnectTimeout = ConnectLimit, Lifetime = TimeSpan.FromMinutes(10) }));

    private volatile S3Failure? _lastFailure;
    private long _resumesAt;
    private long _clockOffsetTicks;

    /// <param name="url">The bucket.</param>
    /// <param name="bucket">Its name, for people.</param>
    /// <param name="region">The region that is signed for.</param>
    /// <param name="credentials">What is signed with.</param>
    /// <param name="time">The clock.</param>
    public BucketClient(BucketUrl url, string bucket, string region, CredentialSource credentials, TimeProvider time)
    {
        (_url, _bucket, _credentials, _time) = (url, bucket, credentials, time);
        _signer = new RequestSigner(region);
    }

    /// <summary>The store, for people.</summary>
    public string Store => _url.Origin;

    /// <summary>Sends a request.</summary>
    /// <returns>The answer: success, that there is no such object, that a condition does not hold, or that the range lies outside. To be disposed.</returns>
    /// <exception cref="S3Failure">It failed.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    public async Task<BucketAnswer> SendAsync(BucketRequest request, CancellationToken cancellationToken)
    {
        if (request.Patience > TimeSpan.Zero && _lastFailure is { } away && Stopwatch.GetTimestamp() < Interlocked.Read(ref _resumesAt))
            throw new S3Failure(away.Kind, away.Message, away);
        long began = Stopwatch.GetTimestamp();
        bool wasInDoubt = false;
        for (int failures = 1; ; failures++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                BucketAnswer answer = await TryAsync(request, cancellationToken).ConfigureAwait(false);
                _lastFailure = null;
                return answer;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && S3Failure.Of(e, Store) is { } failure)
            {
                wasInDoubt |= failure.IsInDoubt;
                bool isSpent = Stopwatch.GetElapsedTime(began) >= request.Patience || (request.IsOnce && wasInDoubt);
                if (failure.Kind is not (FailureKind.Away or FailureKind.Busy) || isSpent)
                {
                    if (failure.Kind == FailureKind.Away && request.Patience > TimeSpan.Zero)
                    {
                        _lastFailure = failure;
                        Interlocked.Exchange(ref _resumesAt, Stopwatch.GetTimestamp() + (long)(Pause.TotalSeconds * Stopwatch.Frequency));
                    }

                    throw wasInDoubt == failure.IsInDoubt ? failure : new S3Failure(failure.Kind, failure.Message, failure) { IsInDoubt = true, Code = failure.Code };
                }
            }

            await Task.Delay(Backoff.AfterWithJitter(failures), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A URL by which an object is read without a key.</summary>
    /// <param name="url">The bucket as that client sees it.</param>
    /// <param name="key">The object.</param>
    /// <param name="lifetime">For how long.</param>
    /// <exception cref="S3Failure">There are no credentials.</exception>
    public string Presign(BucketUrl url, string key, TimeSpan lifetime)
    {
        try
        {
            return _signer.Presign(_credentials.Find(), "GET", url, url.PathOf(key), lifetime, Now);
        }
        catch (CredentialsException e)
        {
            throw S3Failure.Of(e, Store)!;
        }
    }

    public void Dispose() => _sender.Dispose();

    /// <summary>The clock of the store, as far as it told that ours is wrong.</summary>
    private DateTimeOffset Now => _time.GetUtcNow() + new TimeSpan(Interlocked.Read(ref _clockOffsetTicks));

    private async Task<BucketAnswer> TryAsync(BucketRequest request, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(request.AnswerLimit);
        HttpResponseMessage? response = null;
        try
        {
            using HttpRequestMessage message = ToMessage(request, () => patience.CancelAfter(request.AnswerLimit));
            response = await _sender.SendAsync(message, patience.Token).ConfigureAwait(false);
            bool isRead = !(request.IsStreamed && response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent);
            byte[] body = isRead && request.Method != HttpMethod.Head ? await ReadAsync(response, patience.Token).ConfigureAwait(false) : [];
            string code = body.Length > 0 ? S3Documents.FindErrorCode(body) : "";
            if (IsAnswer(response.StatusCode, code))
            {
                var answer = new BucketAnswer(response, body);
                response = null;
                return answer;
            }

            // The answer to HEAD has no body that would say so.
            if (response.StatusCode == HttpStatusCode.Forbidden && response.Headers.Date is { } date && (date - Now).Duration() > MaxClockError)
            {
                Interlocked.Exchange(ref _clockOffsetTicks, (date - _time.GetUtcNow()).Ticks);
                code = "RequestTimeTooSkewed";
            }

            throw S3Failure.Of(response.StatusCode, code, _bucket, Store);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("the store did not answer in time", e);
        }
        finally
        {
            response?.Dispose();
        }
    }

    /// <summary>A store may say in a body of 200 that it failed after all.</summary>
    private static bool IsAnswer(HttpStatusCode status, string code) => status switch
    {
        HttpStatusCode.OK or HttpStatusCode.NoContent or HttpStatusCode.PartialContent => code.Length == 0,
        HttpStatusCode.NotFound => code is "" or "NoSuchKey" or "NoSuchUpload",
        HttpStatusCode.PreconditionFailed or HttpStatusCode.RequestedRangeNotSatisfiable => true,
        _ => false,
    };

    private HttpRequestMessage ToMessage(BucketRequest request, Action onStep)
    {
        string path = _url.PathOf(request.Key);
        string query = BucketUrl.QueryOf(request.Query);
        var message = new HttpRequestMessage(request.Method, new Uri($"{_url.Origin}{path}{(query.Length > 0 ? "?" : "")}{query}"))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = request.Body is { } body ? new PacedBody(body, onStep) : null,
        };
        List<KeyValuePair<string, string>> headers = [.. request.Headers];
        if (request.BodyMd5 is { } md5)
            headers.Add(new("content-md5", md5));
        foreach ((string name, string value) in headers.Concat(_signer.Sign(_credentials.Find(), request.Method.Method, _url.Host, path, query, headers, Now)))
        {
            if (name == "content-md5")
                message.Content!.Headers.TryAddWithoutValidation(name, value);
            else
                message.Headers.TryAddWithoutValidation(name, value);
        }

        message.Headers.TryAddWithoutValidation("User-Agent", OutgoingRequest.Product);
        return message;
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength == 0)
            return [];
        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var body = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (body.Length + count > MaxBodyBytes)
                throw new InvalidDataException("the answer is too long");
            body.Write(buffer, 0, count);
        }

        return body.ToArray();
    }
}
