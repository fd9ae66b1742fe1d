using System.Text;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>docs/protocol.md, "Keys". Each key is written as it stands in the request line; one character is one byte.</summary>
public class KeyTests(ServerUnderTest server)
{
    /// <summary>A part that makes the key this run's own.</summary>
    private readonly string _own = Convert.ToHexStringLower(Bytes.Fresh(8));

    [Theory]
    [InlineData("file-urlmd5:x", "file-urlmd5%3Ax")]
    [InlineData("pypi:foo=1.0", "pypi%3Afoo%3D1.0")]
    [InlineData("pypi:foo=1.0", "pypi%3afoo%3d1.0")]
    [InlineData("a+b", "a%2Bb")]
    [InlineData("a&b;c,d!e$f'g(h)i*j@k~l", "a%26b%3Bc%2Cd%21e%24f%27g%28h%29i%2Aj%40k%7El")]
    [InlineData("<>\"{}|^`[]\\", "%3C%3E%22%7B%7D%7C%5E%60%5B%5D%5C")]
    [InlineData("%C3%A9", "%c3%a9")]
    [InlineData("%E6%97%A5%F0%9F%98%80", "%e6%97%a5%f0%9f%98%80")]
    [InlineData("100%", "100%25")]
    [InlineData("%zz", "%25zz")]
    [InlineData("%4", "%254")]
    [InlineData("%", "%25")]
    [InlineData("...", "%2E%2E%2E")]
    [InlineData("..a", "%2e.a")]
    public async Task TwoSpellings_NameTheSameKey(string one, string other)
    {
        string pair = Entries.FreshPair();

        Answer.HasStatus(201, await PutAsync($"{_own}{one}", pair));
        Assert.Single(Entries.Read(await GetAsync($"{_own}{other}")));
        Answer.HasStatus(201, await PutAsync($"{_own}{other}", pair));
        Assert.Single(Entries.Read(await GetAsync($"{_own}{one}")));
    }

    [Theory]
    [InlineData("A", "a")]
    [InlineData("%252F", "%2F-")]
    [InlineData("%2520", "%20")]
    [InlineData("a%20", "a")]
    [InlineData("a+b", "a%20b")]
    [InlineData("e%CC%81", "%C3%A9")]
    [InlineData("x.", "x")]
    [InlineData("%EF%BC%8E", ".x")]
    public async Task DifferentKeys_AreKeptApart(string one, string other)
    {
        Answer.HasStatus(201, await PutAsync($"{_own}{one}", Entries.FreshPair()));

        Assert.InRange((await GetAsync($"{_own}{other}")).Status, 400, 404);
    }

    [Fact]
    public async Task DoubleEscapedSlash_IsTheKeyWithThePercentSign()
    {
        Answer.HasStatus(201, await PutAsync($"{_own}%252F", Entries.FreshPair()));

        Assert.Single(Entries.Read(await GetAsync($"{_own}%252F")));
        Answer.HasStatus(404, await GetAsync($"{_own}%252f"));
        Answer.HasStatus(404, await GetAsync($"{_own}%25252F"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(1023)]
    [InlineData(1024)]
    public async Task LengthUpTo1024Bytes_IsAccepted(int lengthBytes)
    {
        string key = lengthBytes == 1 ? "k" : _own + new string('k', lengthBytes - _own.Length);

        Answer.HasStatus(201, await PutAsync(key, Entries.FreshPair()));

        Assert.NotEmpty(Entries.Read(await GetAsync(key)));
    }

    [Fact]
    public async Task Length_CountsDecodedBytes()
    {
        string key = _own + string.Concat(Enumerable.Repeat("%C3%A9", (1024 - _own.Length) / 2));

        Answer.HasStatus(201, await PutAsync(key, Entries.FreshPair()));
        Answer.IsOneLineError(400, await PutAsync(key + "x", Entries.FreshPair()));
    }

    /// <summary>Every key that must be refused, by PUT and GET alike.</summary>
    public static TheoryData<string> Refused =>
    [
        ".", "..", "%2E", "%2e%2e", ".%2E", "%2E.",
        "a%2Fb", "%2F", "%2f", "..%2F..%2Fetc%2Fpasswd", "%2E%2E%2F%2E%2E%2Fetc%2Fpasswd", "%2Fetc%2Fpasswd",
        "a%00", "%00", "a%0Ab", "a%0D%0Ab", "a%1Fb", "a%09b", "a%7Fb", "a%C2%80b", "a%C2%9Fb",
        "%FF", "%C3", "%C3%28", "%E2%82", "%F0%9F%98", "%C0%AF", "%C0%80", "%ED%A0%80", "%F4%90%80%80", "%80", "a%FEb", "%E0%80%AF",
        new string('k', 1025), new string('k', 4000), string.Concat(Enumerable.Repeat("%6B", 1025)), string.Concat(Enumerable.Repeat("%C3%A9", 513)),
    ];

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task RefusedKey_Put_Returns400(string key) => Answer.IsOneLineError(400, await PutAsync(key, Entries.FreshPair()));

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task RefusedKey_Get_Returns400(string key) => Answer.IsOneLineError(400, await GetAsync(key));

    [Theory]
    [InlineData("a/b")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("/a")]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("../../../../etc/passwd")]
    [InlineData("a/../b")]
    [InlineData("./b")]
    public async Task SeveralSegmentsOrNone_AreRefused(string key)
    {
        Answer.IsOneLineRefusal(await PutAsync(key, Entries.FreshPair()));
        Answer.IsOneLineRefusal(await GetAsync(key));
    }

    /// <summary>Bytes above 127 in the request line: a legal spelling of a key, or refused; nothing in between.</summary>
    [Theory]
    [InlineData("\u00E9")]
    [InlineData("\u00FF\u00FE")]
    [InlineData("\u00C0\u00AF")]
    public async Task RawBytesThatAreNoUtf8_AreRefused(string key)
    {
        await using WireConnection connection = await server.OpenAsync("{dir}");
        await connection.SendAsync(server.Head($"GET {{dir}}/{_own}{key} HTTP/1.1"));

        WireResponse response = await connection.ReceiveAsync();

        Answer.HasStatus(400, response);
    }

    [Fact]
    public async Task Query_IsNoPartOfTheKey()
    {
        await PutAsync(_own, Entries.FreshPair());

        Assert.Single(Entries.Read(await GetAsync(_own + "?x=/../y")));
    }

    private Task<WireResponse> PutAsync(string key, string pair)
    {
        byte[] body = Encoding.UTF8.GetBytes(pair);
        return server.SendAsync($"PUT {{dir}}/{key} HTTP/1.1\r\nContent-Length: {body.Length}", body);
    }

    private Task<WireResponse> GetAsync(string key) => server.SendAsync($"GET {{dir}}/{key} HTTP/1.1");
}
