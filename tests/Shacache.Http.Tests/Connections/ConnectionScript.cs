using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Connections;

/// <summary>What a client sends on one connection, drawn from a seed: some requests, the last of which ends the connection, cut into pieces at any place.</summary>
/// <remarks>
/// Where two correct servers may differ by chance, nothing is drawn: no byte is sent after a request that ends the connection, as the close could overtake the answer, and the client
/// never closes its side first, as an answer that is still under way could be cut.
/// </remarks>
internal sealed class ConnectionScript
{
    /// <summary>Lengths of what is stored: nothing, with the head in one block, more than one block, more than the system takes at once.</summary>
    private static readonly int[] StoredLengths = [0, 40, 4096, 65_536, 70_001, 3_000_000];

    private static readonly string[] Ranges =
    [
        "bytes=0-0", "bytes=0-9", "bytes=-5", "bytes=30-", "bytes=3-2", "bytes=0-0,3-4", "bytes=999999999-", "bytes=-0", "bytes=4000-69999", "lines=1-2", "bytes=",
    ];

    private static readonly string[] Malformed =
    [
        "GARBAGE\r\n\r\n", "\r\n\r\n\r\nGET\r\n\r\n", "GET /healthz HTTP/3.1\r\nHost: x\r\n\r\n", "GET /healthz HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /shadir/a%00b HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX : a\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", "HEAD / HTTP/1.1\r\n\r\n", "POST /shacache HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n",
        "POST /shacache HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "POST /shacache HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        "POST /shacache HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003\r\n",
    ];

    private readonly Random _random;
    private readonly StringBuilder _bytes = new();
    private readonly List<int> _starts = [];

    public ConnectionScript(int seed)
    {
        _random = new Random(seed);
        int requests = _random.Next(0, 6);
        for (int i = 0; i < requests; i++)
            Add(isLast: false);
        Add(isLast: true);
        Pieces = [.. Cut()];
    }

    /// <summary>What is stored before any script runs.</summary>
    public static IReadOnlyList<byte[]> Stored { get; } = [.. StoredLengths.Select(length => Content(new Random(length), length))];

    /// <summary>What is sent, piece by piece. Each character is one byte.</summary>
    public IReadOnlyList<string> Pieces { get; }

    private static byte[] Content(Random random, int lengthBytes)
    {
        byte[] content = new byte[lengthBytes];
        random.NextBytes(content);
        return content;
    }

    private void Add(bool isLast)
    {
        _starts.Add(_bytes.Length);
        int kind = _random.Next(isLast ? 8 : 6);
        _bytes.Append(kind switch
        {
            < 3 => Head(Get(), isLast),
            3 => Post(isLast),
            4 => Put(isLast),
            5 => Head($"DELETE {Target()} HTTP/1.1\r\nHost: x\r\n", isLast),
            6 => Pick(Malformed),
            _ => Damaged(),
        });
    }

    private string Get()
    {
        string method = _random.Next(4) == 0 ? "HEAD" : "GET";
        string version = _random.Next(8) == 0 ? "1.0" : "1.1";
        var head = new StringBuilder($"{method} {Target()} HTTP/{version}\r\nHost: x\r\n");
        if (version == "1.0")
            head.Append("Connection: keep-alive\r\n");
        if (_random.Next(3) == 0)
            head.Append(CultureInfo.InvariantCulture, $"Range: {Pick(Ranges)}\r\n");
        if (_random.Next(6) == 0)
            head.Append(CultureInfo.InvariantCulture, $"If-None-Match: \"{Digest.Compute(Stored[_random.Next(Stored.Count)])}\"\r\n");
        if (_random.Next(6) == 0)
            head.Append(CultureInfo.InvariantCulture, $"X-Filling: {new string('f', _random.Next(6000))}\r\n");
        return head.ToString();
    }

    private string Target() => _random.Next(10) switch
    {
        0 => "/healthz",
        1 => "/shacache/none",
        2 => $"/shacache/{new string('0', 128)}",
        3 => "/shadir/none",
        4 => "/nowhere?q=1",
        5 => $"http://x/shacache/{Digest.Compute(Stored[_random.Next(Stored.Count)])}",
        _ => $"/shacache/{Digest.Compute(Stored[_random.Next(Stored.Count)])}",
    };

    /// <summary>An upload that both servers have not seen: by its length, or in chunks, with extensions and trailers.</summary>
    private string Post(bool isLast)
    {
        byte[] content = Content(_random, Pick([0, 1, 1000, 4096, 20_000, 150_000]));
        bool isNamed = _random.Next(3) == 0;
        string target = isNamed ? $"PUT /shacache/{Digest.Compute(content)}" : "POST /shacache";
        // What is stored already may be answered without being read, and the connection be closed.
        string expect = content.Length > 1 && _random.Next(4) == 0 ? "Expect: 100-continue\r\n" : "";
        return Body($"{target} HTTP/1.1\r\nHost: x\r\n{expect}", Encoding.Latin1.GetString(content), isLast);
    }

    private string Put(bool isLast)
    {
        string digest = Convert.ToHexStringLower(SHA512.HashData([1]));
        string pair = _random.Next(3) == 0 ? "[nonsense" : $$"""["{\"sha512\": \"{{digest}}\"}", ""]""";
        return Body($"PUT /shadir/key-{_random.Next(1 << 30)} HTTP/1.1\r\nHost: x\r\n", pair, isLast);
    }

    private string Body(string head, string content, bool isLast)
    {
        if (_random.Next(2) == 0)
            return Head($"{head}Content-Length: {content.Length}\r\n", isLast) + content;
        var chunks = new StringBuilder(Head($"{head}Transfer-Encoding: chunked\r\n", isLast));
        for (int at = 0; at < content.Length;)
        {
            int length = Math.Min(_random.Next(1, 40_000), content.Length - at);
            chunks.Append(CultureInfo.InvariantCulture, $"{length:x}{(_random.Next(4) == 0 ? ";a=b" : "")}\r\n{content.AsSpan(at, length)}\r\n");
            at += length;
        }

        return chunks.Append(_random.Next(4) == 0 ? "0\r\nX-Trailer: t\r\n\r\n" : "0\r\n\r\n").ToString();
    }

    /// <summary>A request for content with some bytes changed before its last header.</summary>
    private string Damaged()
    {
        var head = new StringBuilder(Get());
        for (int i = _random.Next(1, 4); i > 0; i--)
        {
            int at = _random.Next(head.Length - 2);
            if (_random.Next(2) == 0)
                head[at] = (char)_random.Next(256);
            else
                head.Remove(at, 1);
        }

        return $"{head}Connection: close\r\n\r\n";
    }

    private static string Head(string head, bool isLast) => isLast ? $"{head.Replace("Connection: keep-alive\r\n", "", StringComparison.Ordinal)}Connection: close\r\n\r\n" : $"{head}\r\n";

    /// <summary>Pieces of any length, but the last request's head in one: once it is found wrong, what still comes could make the close overtake the answer.</summary>
    private IEnumerable<string> Cut()
    {
        string all = _bytes.ToString();
        int lastStart = _starts[^1];
        int headEnd = all.IndexOf("\r\n\r\n", lastStart, StringComparison.Ordinal) is var end and >= 0 ? end + 4 : all.Length;
        bool isBad = !all.AsSpan(lastStart).Contains("Connection: close\r\n\r\n", StringComparison.Ordinal);
        int cuts = _random.Next(6);
        int[] places =
        [
            .. Enumerable.Range(0, cuts).Select(_ => _random.Next(3) == 0 ? Near(_starts[_random.Next(_starts.Count)], all.Length) : _random.Next(all.Length + 1))
                .Where(place => place <= lastStart || (!isBad && place >= headEnd)).Append(0).Append(all.Length).Distinct().Order(),
        ];
        return places.Zip(places.Skip(1), (from, to) => all[from..to]);
    }

    private int Near(int place, int end) => Math.Clamp(place + _random.Next(-3, 4), 0, end);

    private T Pick<T>(T[] choices) => choices[_random.Next(choices.Length)];
}
