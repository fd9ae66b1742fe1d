using System.Text;

namespace Shacache.Conformance.Wire;

/// <summary>Takes a valid request and damages it in one to four places.</summary>
internal sealed class RequestMutator(int seed, string authority, string digest)
{
    private static readonly string[] Tokens =
    [
        "\r\n", "\r\n\r\n", "\n", "\r", "\0", " ", "\t", "%", "%00", "%2F", "%2e%2e", "%ff", "%u0041", "/", "//", "..", "\\", "?", "#", ":", ";", ",", "\"", "[", "]",
        "{", "}", "\u00FF", "\u00EF\u00BB\u00BF", "HTTP/1.1", "HTTP/1.0", "GET ", "PUT ", "HEAD ", "Content-Length: 5\r\n", "Content-Length: 0\r\n",
        "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Connection: close\r\n", "Connection: Upgrade\r\nUpgrade: h2c\r\n", "Range: bytes=0-0\r\n",
        "Range: bytes=-1\r\n", "If-None-Match: *\r\n", "If-Range: \"\r\n", "-1", "0", "00", "1", "65536", "2147483648", "4294967296", "9223372036854775807",
        "18446744073709551616", "1e9", "NaN", "null", "\\ud800", "\\u0000", "\"sha512\":", new string('A', 5000), new string('[', 300),
    ];

    private readonly Random _random = new(seed);

    private readonly string[] _valid =
    [
        $"GET /shacache/{digest} HTTP/1.1\r\nHost: {authority}\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n",
        $"GET /shacache/{digest} HTTP/1.1\r\nHost: {authority}\r\nRange: bytes=3-9\r\nIf-Range: \"{digest}\"\r\nIf-None-Match: \"x\"\r\n\r\n",
        $"HEAD /shacache/{digest} HTTP/1.1\r\nHost: {authority}\r\n\r\n",
        $"POST /shacache HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 11\r\nConnection: close\r\n\r\nhello world",
        $"POST /shacache/ HTTP/1.1\r\nHost: {authority}\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n",
        $"PUT /shacache/{digest} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 28\r\n\r\ncontent of the fuzzed server",
        $"GET /shadir/fuzz:key=1 HTTP/1.1\r\nHost: {authority}\r\n\r\n",
        $"PUT /shadir/fuzz%3Akey%3D1 HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 167\r\n\r\n[\"{{\\\"sha512\\\": \\\"{digest}\\\", \\\"n\\\": 1}}\", \"YWJj\"]",
        $"GET / HTTP/1.1\r\nHost: {authority}\r\n\r\nGET /healthz HTTP/1.1\r\nHost: {authority}\r\n\r\n",
        $"GET /shacache/cache/{digest} HTTP/1.1\r\nHost: {authority}\r\n\r\n",
        $"PUT /shacache/dir/k HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 2\r\n\r\n[]",
    ];

    public byte[] Next()
    {
        List<byte> request = [.. Encoding.Latin1.GetBytes(_valid[_random.Next(_valid.Length)])];
        for (int damages = _random.Next(1, 5); damages > 0 && request.Count > 0; damages--)
            Damage(request);
        return [.. request];
    }

    private void Damage(List<byte> request)
    {
        int at = _random.Next(request.Count);
        int length = Math.Min(_random.Next(1, 40), request.Count - at);
        switch (_random.Next(6))
        {
            case 0:
                request[at] = (byte)_random.Next(256);
                break;
            case 1:
                request.RemoveRange(at, length);
                break;
            case 2:
                request.InsertRange(at, request.GetRange(at, length));
                break;
            case 3:
                request.RemoveRange(at, request.Count - at);
                break;
            case 4:
                request[at] ^= (byte)(1 << _random.Next(8));
                break;
            default:
                request.InsertRange(at, Encoding.Latin1.GetBytes(Tokens[_random.Next(Tokens.Length)]));
                break;
        }
    }
}
