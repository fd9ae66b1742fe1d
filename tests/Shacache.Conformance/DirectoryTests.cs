using System.Text;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>docs/protocol.md, "Directory".</summary>
public class DirectoryTests(ServerUnderTest server)
{
    private readonly string _key = Bytes.FreshKey();

    [Fact]
    public async Task Put_Pair_Returns201WithoutBody()
    {
        WireResponse response = await server.Python.PutEntryAsync(_key, Entries.FreshPair());

        Answer.HasStatus(201, response);
        Assert.Empty(response.Body);
        Assert.Equal("0", response.Header("Content-Length"));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task Get_KeyWithoutEntries_Returns404(string method) =>
        Answer.IsOneLineError(404, await server.SendAsync($"{method} {{dir}}/{_key} HTTP/1.1"), toHead: method == "HEAD");

    [Fact]
    public async Task Head_Key_AnswersAsGetWithoutBody()
    {
        await server.Python.PutEntryAsync(_key, Entries.FreshPair());
        WireResponse get = await server.SendAsync($"GET {{dir}}/{_key} HTTP/1.1");

        WireResponse head = await server.SendAsync($"HEAD {{dir}}/{_key} HTTP/1.1");

        Answer.HasStatus(200, head);
        Assert.Equal(get.Header("Content-Type"), head.Header("Content-Type"));
        Assert.Equal(get.Body.Length.ToString(), head.Header("Content-Length"));
    }

    [Fact]
    public async Task Put_IdenticalPairTwice_IsListedOnce()
    {
        string information = Entries.FreshInformation();
        for (int i = 0; i < 3; i++)
            Answer.HasStatus(201, await server.Python.PutEntryAsync(_key, Entries.Pair(information, "YQ==")));

        Assert.Equal([(information, "YQ==")], await ListAsync());
    }

    [Fact]
    public async Task Put_IdenticalPairBySixteenAtOnce_IsListedOnce()
    {
        string pair = Entries.FreshPair();

        WireResponse[] responses = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => server.Python.PutEntryAsync(_key, pair)));

        Assert.All(responses, r => Answer.HasStatus(201, r));
        Assert.Single(await ListAsync());
    }

    [Fact]
    public async Task Put_OtherPairs_AreAddedNewestFirst()
    {
        string[] texts = [.. Enumerable.Range(0, 20).Select(i => Entries.FreshInformation(i.ToString()))];
        foreach (string text in texts)
            await server.Python.PutEntryAsync(_key, Entries.Pair(text, ""));

        Assert.Equal(texts.Reverse(), (await ListAsync()).Select(e => e.Information));
    }

    [Fact]
    public async Task Put_OldPairAgain_KeepsItsPlace()
    {
        string old = Entries.FreshInformation("old");
        string recent = Entries.FreshInformation("recent");
        foreach (string text in (string[])[old, recent, old])
            await server.Python.PutEntryAsync(_key, Entries.Pair(text, ""));

        Assert.Equal([recent, old], (await ListAsync()).Select(e => e.Information));
    }

    [Fact]
    public async Task Put_SameInformationOtherSignature_IsAnotherEntry()
    {
        string information = Entries.FreshInformation();
        await server.Python.PutEntryAsync(_key, Entries.Pair(information, "YQ=="));
        await server.Python.PutEntryAsync(_key, Entries.Pair(information, "Yg=="));

        Assert.Equal([(information, "Yg=="), (information, "YQ==")], await ListAsync());
    }

    [Fact]
    public async Task Put_SamePairUnderTwoKeys_IsListedUnderBoth()
    {
        string pair = Entries.FreshPair();
        string other = Bytes.FreshKey();
        await server.Python.PutEntryAsync(_key, pair);
        await server.Python.PutEntryAsync(other, pair);

        Assert.Equal(await ListAsync(), Entries.Read(await server.Python.ListAsync(other)));
    }

    /// <summary>The signature covers the text: order, spacing, escapes, digits and every character must survive.</summary>
    [Theory]
    [InlineData("""{"sha512":"{digest}"}""")]
    [InlineData("""  { "z" : 1 , "sha512" : "{digest}" , "a" : [ ] }  """)]
    [InlineData("""{"sha512": "{digest}", "name": "caf\u00e9 \u65e5\u672c \ud83d\ude00 \/ \u0000 \u003c"}""")]
    [InlineData("""{"sha512": "{digest}", "name": "café 日本 😀 <>&'+ \u2028"}""")]
    [InlineData("""{"sha512": "{digest}", "n": [1.0, 1e400, -0, 1E+2, 0.10000000000000000000000001, 123456789012345678901234567890]}""")]
    [InlineData("{\"sha512\": \"{digest}\",\n\t\"two\": \"lines\"}\r\n")]
    [InlineData("""{"sha512": "{digest}", "x": 1, "x": 2}""")]
    [InlineData("""{"SHA512": 5, "sha512": "{digest}"}""")]
    [InlineData("""{"\u0073ha512": "{digest}"}""")]
    [InlineData("""{"sha512": "{digest}", "nested": {"sha512": 1}}""")]
    public async Task Put_Information_ComesBackCharacterForCharacter(string template)
    {
        string information = template.Replace("{digest}", Bytes.UnknownDigest(), StringComparison.Ordinal);

        WireResponse response = await server.Python.PutEntryAsync(_key, Entries.Pair(information, ""));

        Answer.HasStatus(201, response);
        Assert.Equal([(information, "")], await ListAsync());
    }

    [Fact]
    public async Task Put_UpperCaseDigest_IsAcceptedAndKept()
    {
        string information = $$"""{"sha512": "{{Bytes.UnknownDigest().ToUpperInvariant()}}"}""";

        Answer.HasStatus(201, await server.Python.PutEntryAsync(_key, Entries.Pair(information, "")));

        Assert.Equal(information, (await ListAsync()).Single().Information);
    }

    [Theory]
    [InlineData("")]
    [InlineData("YQ==")]
    [InlineData("YWJj")]
    [InlineData("YWJj\nYWJj\n")]
    [InlineData("YW Jj YQ ==\n")]
    public async Task Put_LegalSignature_ComesBackCharacterForCharacter(string signature)
    {
        Answer.HasStatus(201, await server.Python.PutEntryAsync(_key, Entries.Pair(Entries.FreshInformation(), signature)));

        Assert.Equal(signature, (await ListAsync()).Single().Signature);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("nonsense")]
    public async Task Put_AnyContentType_IsNotJudged(string type)
    {
        byte[] body = Encoding.UTF8.GetBytes(Entries.FreshPair());

        Answer.HasStatus(201, await server.SendAsync($"PUT {{dir}}/{_key} HTTP/1.1\r\nContent-Type: {type}\r\nContent-Length: {body.Length}", body));
    }

    [Fact]
    public async Task Put_Chunked_IsStored()
    {
        byte[] body = Encoding.UTF8.GetBytes(Entries.FreshPair());
        byte[] chunked = [.. Encoding.ASCII.GetBytes("5\r\n"), .. body[..5], .. Encoding.ASCII.GetBytes($"\r\n{body.Length - 5:X}\r\n"), .. body[5..], .. "\r\n0\r\n\r\n"u8];

        Answer.HasStatus(201, await server.SendAsync($"PUT {{dir}}/{_key} HTTP/1.1\r\nTransfer-Encoding: chunked", chunked));
    }

    [Fact]
    public async Task Put_BodyShorterThanDeclared_ListsNothing()
    {
        byte[] body = Encoding.UTF8.GetBytes(Entries.FreshPair());
        await using (WireConnection connection = await server.OpenAsync("{dir}"))
        {
            await connection.SendAsync(server.Head($"PUT {{dir}}/{_key} HTTP/1.1\r\nContent-Length: {body.Length + 1}"));
            await connection.SendAsync(body);
            connection.FinishSending();
            WireResponse? response = await connection.TryReceiveBeforeResetAsync();
            Assert.True(response is null or { Status: 400 }, response?.ToString());
        }

        Answer.HasStatus(404, await server.Python.ListAsync(_key));
    }

    [Theory]
    [InlineData("2001-01-01", false)]
    [InlineData("2001-01-01T00:00:00", false)]
    [InlineData("2001-01-01T00:00:00Z", false)]
    [InlineData("2001-01-01T00:00:00.123456+00:00", false)]
    [InlineData("2001-01-01 00:00:00", false)]
    [InlineData("2999-12-31", true)]
    [InlineData("2999-12-31T23:59:59.999999", true)]
    [InlineData("2999-12-31T23:59:59+05:30", true)]
    public async Task Get_ExpirationDate_DecidesWhetherItIsListed(string date, bool listed)
    {
        string lasting = Entries.FreshInformation();
        string information = $$"""{"sha512": "{{Bytes.UnknownDigest()}}", "expiration_date": "{{date}}"}""";
        await server.Python.PutEntryAsync(_key, Entries.Pair(lasting, ""));

        Answer.HasStatus(201, await server.Python.PutEntryAsync(_key, Entries.Pair(information, "")));

        Assert.Equal(listed ? [information, lasting] : [lasting], (await ListAsync()).Select(e => e.Information));
    }

    [Fact]
    public async Task Get_ExpirationDateReached_IsNoLongerListed()
    {
        DateTimeOffset end = DateTimeOffset.UtcNow.AddSeconds(2);
        await server.Python.PutEntryAsync(
            _key, Entries.Pair($$"""{"sha512": "{{Bytes.UnknownDigest()}}", "expiration_date": "{{end:yyyy-MM-ddTHH:mm:ss.fff}}"}""", ""));

        int status = (await server.Python.ListAsync(_key)).Status;
        Assert.True(status == 200 || DateTimeOffset.UtcNow > end);

        while (status == 200 && DateTimeOffset.UtcNow < end + WireConnection.Limit)
            status = (await server.Python.ListAsync(_key)).Status;
        Assert.Equal(404, status);
    }

    [Fact]
    public async Task Get_ThousandEntries_AreAllListed()
    {
        string[] texts = [.. Enumerable.Range(0, 1000).Select(i => Entries.FreshInformation(i.ToString()))];
        await Parallel.ForEachAsync(texts, TestContext.Current.CancellationToken, async (text, _) =>
            Answer.HasStatus(201, await server.Python.PutEntryAsync(_key, Entries.Pair(text, ""))));

        Assert.Equal(texts.Order(StringComparer.Ordinal), (await ListAsync()).Select(e => e.Information).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("POST")]
    [InlineData("PATCH")]
    public async Task Directory_OtherMethod_IsRefused(string method)
    {
        await server.Python.PutEntryAsync(_key, Entries.FreshPair());

        Answer.IsOneLineRefusal(await server.SendAsync($"{method} {{dir}}/{_key} HTTP/1.1\r\nContent-Length: 0"));

        Assert.Single(await ListAsync());
    }

    private async Task<(string Information, string Signature)[]> ListAsync() => Entries.Read(await server.Python.ListAsync(_key));
}
