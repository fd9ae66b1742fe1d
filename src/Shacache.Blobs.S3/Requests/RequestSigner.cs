using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shacache.Blobs.S3.Credentials;

namespace Shacache.Blobs.S3.Requests;

/// <summary>Signs requests: AWS Signature Version 4 ("Authenticating Requests", Amazon S3 API Reference).</summary>
/// <remarks>The body is not part of the signature: its MD5 is, as a header that the store compares with what it got. Safe for concurrent use.</remarks>
/// <param name="region">The region.</param>
internal sealed class RequestSigner(string region)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private const string AnyBody = "UNSIGNED-PAYLOAD";
    private volatile DayKey? _dayKey;

    /// <summary>The headers that sign a request.</summary>
    /// <param name="key">What is signed with.</param>
    /// <param name="method">The method.</param>
    /// <param name="host">The Host header.</param>
    /// <param name="path">The path as it is sent.</param>
    /// <param name="query">The parameters as they are sent, in order.</param>
    /// <param name="headers">The other headers that are to be signed, with names in lower case.</param>
    /// <param name="now">The time, within 15 minutes of the store's.</param>
    public IEnumerable<KeyValuePair<string, string>> Sign(
        AccessKey key, string method, string host, string path, string query, IEnumerable<KeyValuePair<string, string>> headers, DateTimeOffset now)
    {
        string time = TimeOf(now);
        List<KeyValuePair<string, string>> own = [new("x-amz-content-sha256", AnyBody), new("x-amz-date", time)];
        if (key.SessionToken is { } token)
            own.Add(new("x-amz-security-token", token));
        (string names, string signature) = Sign(key, method, path, query, [new("host", host), .. headers, .. own], time);
        own.Add(new("Authorization", $"{Algorithm} Credential={key.Id}/{ScopeOf(time)},SignedHeaders={names},Signature={signature}"));
        return own;
    }

    /// <summary>A URL by which its holder does one thing for a while, without a key ("Authenticating Requests: Using Query Parameters").</summary>
    /// <param name="key">What is signed with.</param>
    /// <param name="method">What it allows.</param>
    /// <param name="url">The bucket as the client sees it.</param>
    /// <param name="path">The path.</param>
    /// <param name="lifetime">For how long.</param>
    /// <param name="now">The time.</param>
    public string Presign(AccessKey key, string method, BucketUrl url, string path, TimeSpan lifetime, DateTimeOffset now)
    {
        string time = TimeOf(now);
        List<KeyValuePair<string, string>> parameters =
        [
            new("X-Amz-Algorithm", Algorithm),
            new("X-Amz-Credential", $"{key.Id}/{ScopeOf(time)}"),
            new("X-Amz-Date", time),
            new("X-Amz-Expires", ((long)lifetime.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
            new("X-Amz-SignedHeaders", "host"),
        ];
        if (key.SessionToken is { } token)
            parameters.Add(new("X-Amz-Security-Token", token));
        string query = BucketUrl.QueryOf(parameters);
        (_, string signature) = Sign(key, method, path, query, [new("host", url.Host)], time);
        return $"{url.Origin}{path}?{query}&X-Amz-Signature={signature}";
    }

    private static string TimeOf(DateTimeOffset now) => now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private string ScopeOf(string time) => $"{time.AsSpan(0, 8)}/{region}/s3/aws4_request";

    private (string Names, string Signature) Sign(AccessKey key, string method, string path, string query, KeyValuePair<string, string>[] headers, string time)
    {
        Array.Sort(headers, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        string names = string.Join(';', headers.Select(header => header.Key));
        var request = new StringBuilder(512).Append(method).Append('\n').Append(path).Append('\n').Append(query).Append('\n');
        foreach ((string name, string value) in headers)
            request.Append(name).Append(':').Append(value.Trim()).Append('\n');
        request.Append('\n').Append(names).Append('\n').Append(AnyBody);
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.ToString())));
        string toSign = $"{Algorithm}\n{time}\n{ScopeOf(time)}\n{hash}";
        return (names, Convert.ToHexStringLower(HMACSHA256.HashData(KeyOf(key, time), Encoding.UTF8.GetBytes(toSign))));
    }

    /// <summary>The key of a day, which is the same for all requests of it.</summary>
    private byte[] KeyOf(AccessKey key, string time)
    {
        string day = time[..8];
        if (_dayKey is { } known && known.Day == day && known.Secret == key.Secret)
            return known.Key;
        byte[] derived = Encoding.UTF8.GetBytes($"AWS4{key.Secret}");
        foreach (string step in new[] { day, region, "s3", "aws4_request" })
            derived = HMACSHA256.HashData(derived, Encoding.UTF8.GetBytes(step));
        _dayKey = new DayKey(day, key.Secret, derived);
        return derived;
    }

    private sealed record DayKey(string Day, string Secret, byte[] Key);
}
