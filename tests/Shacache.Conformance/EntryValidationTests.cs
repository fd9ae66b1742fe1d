using System.Text;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>docs/protocol.md, "Directory": bodies that must be refused with 400 or 413, and the ones just inside the limits.</summary>
public class EntryValidationTests(ServerUnderTest server)
{
    private const int MaxBodyBytes = 1024 * 1024;

    private const string Digest =
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";

    private readonly string _key = Bytes.FreshKey();

    /// <summary>Whole bodies. One character is one byte.</summary>
    public static TheoryData<string> MalformedBodies =>
    [
        "", " ", "null", "true", "5", "\"x\"", "{}", "[]", "[[]]", "nonsense", "[", "]", "[\"", "{\"a\":",
        """["{}"]""", """["{}", "", ""]""", """["{}", null]""", """[null, ""]""", """["{}", 5]""", """[{}, ""]""", """[[], ""]""", """["{}", {}]""",
        $$"""[{"sha512": "{{Digest}}"}, ""]""",
        """{"information": "{}", "signature": ""}""",
        Valid + ",", Valid + Valid, Valid + " x", Valid + "\0", Valid[..^1], Valid[1..], Valid[..^1] + ",]", "[" + Valid + "]",
        Valid.Replace("[\"", "['", StringComparison.Ordinal), "/* comment */" + Valid, Valid + "// comment",
        "\u00EF\u00BB\u00BF" + Valid, "\u00FF\u00FE" + Valid, "\0" + Valid, "\u001F" + Valid,
        Valid.Replace("\"\"]", "\"\n\"]", StringComparison.Ordinal),
        Valid.Replace("\"\"]", "\"\\x\"]", StringComparison.Ordinal),
        Valid.Replace("\"\"]", "\"\u00FF\"]", StringComparison.Ordinal),
        Valid.Replace("\"\"]", "\"\\ud800\"]", StringComparison.Ordinal),
        WithMember("""\"x\": \"\ud800\" """), WithMember("""\"x\": \"\udc00\ud800\" """), WithMember("""\"x\": \"\\ud800\" """),
        WithMember("""\"x\": \"\\udc00\" """), WithMember("""\"\\ud800\": 1"""),
        WithMember("\\\"x\\\": \\\"\u00C3\\\" "), WithMember("\\\"x\\\": \\\"\u00ED\u00A0\u0080\\\" "), WithMember("\\\"x\\\": \\\"\u00C0\u0080\\\" "),
    ];

    /// <summary>Texts of the information, each in an otherwise correct pair.</summary>
    public static TheoryData<string> MalformedInformation =>
    [
        "", " ", "null", "5", "[]", "\"x\"", "nonsense", "{", "}", "{}", """{"sha512"}""", """{"sha512": }""", "{sha512: 1}",
        """{"sha512": null}""", """{"sha512": 5}""", """{"sha512": ""}""", """{"sha512": []}""", """{"sha512": {}}""",
        $$"""{"sha512": ["{{Digest}}"]}""",
        $$"""{"sha512": "{{Digest[1..]}}"}""", $$"""{"sha512": "{{Digest}}0"}""", $$"""{"sha512": " {{Digest}}"}""", $$"""{"sha512": "{{Digest}}\n"}""",
        $$"""{"sha512": "{{Digest[..127]}}g"}""", $$"""{"sha512": "{{Digest[..127]}}é"}""", $$"""{"sha512": "{{Digest[..126]}}ａ"}""",
        $$"""{"SHA512": "{{Digest}}"}""", $$"""{"sha512 ": "{{Digest}}"}""", $$$"""{"x": {"sha512": "{{{Digest}}}"}}""",
        $$"""{"sha512": "{{Digest}}", "sha512": "{{Digest}}"}""",
        $$"""{"sha512": "{{Digest}}", "\u0073ha512": "{{Digest}}"}""",
        $$"""[{"sha512": "{{Digest}}"}]""", $$"""{"sha512": "{{Digest}}"} {}""", $$"""{"sha512": "{{Digest}}"},""", $$"""{"sha512": "{{Digest}}",}""",
        $$"""{"sha512": "{{Digest}}", "x": NaN}""", $$"""{"sha512": "{{Digest}}", "x": Infinity}""", $$"""{"sha512": "{{Digest}}", "x": -Infinity}""",
        $$"""{"sha512": "{{Digest}}", "x": 01}""", $$"""{"sha512": "{{Digest}}", "x": +1}""", $$"""{"sha512": "{{Digest}}", "x": 1.}""",
        $$"""{"sha512": "{{Digest}}", "x": .5}""", $$"""{"sha512": "{{Digest}}", "x": 0x1}""", $$"""{"sha512": "{{Digest}}", "x": True}""",
        $$"""{"sha512": "{{Digest}}", "x": 'y'}""", $$"""{"sha512": "{{Digest}}", "x": undefined}""", $$"""{"sha512": "{{Digest}}" /* comment */}""",
        $$"""{"sha512": "{{Digest}}", "x": "\ud800"}""", $$"""{"sha512": "{{Digest}}", "x": "\udc00\ud800"}""", $$"""{"sha512": "{{Digest}}", "\udfff": 1}""",
        $$"""{"sha512": "{{Digest}}", "x": "\u12"}""", $$"""{"sha512": "{{Digest}}", "x": "\'"}""",
        "{\"sha512\": \"" + Digest + "\", \"x\": \"two\nlines\"}", "{\"sha512\": \"" + Digest + "\", \"x\": \"\t\"}", "\uFEFF{\"sha512\": \"" + Digest + "\"}",
        "\0{\"sha512\": \"" + Digest + "\"}", "{\"sha512\": \"" + Digest + "\"}\0", "\u00A0{\"sha512\": \"" + Digest + "\"}",
        $$"""{"sha512": "{{Digest}}", "expiration_date": "tomorrow"}""", $$"""{"sha512": "{{Digest}}", "expiration_date": ""}""",
        $$"""{"sha512": "{{Digest}}", "expiration_date": 5}""", $$"""{"sha512": "{{Digest}}", "expiration_date": "2026-13-01"}""",
        $$"""{"sha512": "{{Digest}}", "expiration_date": "2026-02-30"}""", $$"""{"sha512": "{{Digest}}", "expiration_date": "2026-01-01T25:00:00"}""",
        $$"""{"sha512": "{{Digest}}", "expiration_date": "01/02/2026"}""", $$"""{"sha512": "{{Digest}}", "expiration_date": "2026-01-01T00:00:00+99:00"}""",
        $$"""{"sha512": "{{Digest}}", "expiration_date": "0000-01-01"}""", $$"""{"sha512": "{{Digest}}", "expiration_date": "99999-01-01"}""",
    ];

    private static string Valid => $$"""["{\"sha512\": \"{{Digest}}\"}", ""]""";

    [Theory]
    [MemberData(nameof(MalformedBodies))]
    public async Task Put_MalformedBody_Returns400AndListsNothing(string body) => await AssertRefusedAsync(400, Encoding.Latin1.GetBytes(body));

    [Theory]
    [MemberData(nameof(MalformedInformation))]
    public async Task Put_MalformedInformation_Returns400AndListsNothing(string information) =>
        await AssertRefusedAsync(400, Encoding.UTF8.GetBytes(Entries.Pair(information, "")));

    [Theory]
    [InlineData("=")]
    [InlineData("Y")]
    [InlineData("YQ")]
    [InlineData("YQ=")]
    [InlineData("YQ===")]
    [InlineData("YQ==YQ==")]
    [InlineData("Y*==")]
    [InlineData("YW-_")]
    [InlineData("YWJj\tYWJj")]
    [InlineData("YWJj\u00A0")]
    [InlineData("YWJj\0")]
    [InlineData("YWJé")]
    [InlineData("-----BEGIN SIGNATURE-----")]
    public async Task Put_SignatureThatIsNoBase64_Returns400(string signature) =>
        await AssertRefusedAsync(400, Encoding.UTF8.GetBytes(Entries.Pair(Entries.FreshInformation(), signature)));

    [Theory]
    [InlineData(65, '[')]
    [InlineData(65, '{')]
    [InlineData(10_000, '[')]
    [InlineData(20_000, '{')]
    public async Task Put_NestedTooDeep_Returns400(int levels, char bracket) =>
        await AssertRefusedAsync(400, Encoding.UTF8.GetBytes(Entries.Pair(Nested(levels, bracket), "")));

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public async Task Put_Nested64Levels_IsAccepted(char bracket) =>
        Answer.HasStatus(201, await server.Python.PutEntryAsync(_key, Entries.Pair(Nested(64, bracket), "")));

    [Theory]
    [InlineData(65)]
    [InlineData(500_000)]
    public async Task Put_BodyNestedTooDeep_Returns400(int levels) =>
        await AssertRefusedAsync(400, Encoding.UTF8.GetBytes(new string('[', levels) + new string(']', levels)));

    [Theory]
    [InlineData(MaxBodyBytes - 1, 201)]
    [InlineData(MaxBodyBytes, 201)]
    [InlineData(MaxBodyBytes + 1, 413)]
    [InlineData(3 * MaxBodyBytes, 413)]
    public async Task Put_BodyAroundOneMebibyte_IsAcceptedUpToIt(int lengthBytes, int status)
    {
        byte[] body = BodyOf(lengthBytes);

        WireResponse response = await server.SendAsync($"PUT {{dir}}/{_key} HTTP/1.1\r\nContent-Length: {lengthBytes}", body);

        await AssertOutcomeAsync(status, response);
    }

    [Theory]
    [InlineData(MaxBodyBytes, 201)]
    [InlineData(MaxBodyBytes + 1, 413)]
    public async Task Put_ChunkedBodyAroundOneMebibyte_IsAcceptedUpToIt(int lengthBytes, int status)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes($"{lengthBytes:x}\r\n"), .. BodyOf(lengthBytes), .. "\r\n0\r\n\r\n"u8];

        WireResponse response = await server.SendAsync($"PUT {{dir}}/{_key} HTTP/1.1\r\nTransfer-Encoding: chunked", body);

        await AssertOutcomeAsync(status, response);
    }

    [Fact]
    public async Task Put_HugeDeclaredBody_IsRefusedBeforeItIsSent()
    {
        Answer.IsOneLineError(413, await server.SendAsync($"PUT {{dir}}/{_key} HTTP/1.1\r\nContent-Length: 1000000000000"));
    }

    private static string WithMember(string escapedMember) => Valid.Replace("\\\"}", $"\\\", {escapedMember}}}", StringComparison.Ordinal);

    /// <summary>An object that holds the digest, and brackets inside each other down to the given level.</summary>
    private static string Nested(int levels, char bracket)
    {
        var text = new StringBuilder($"{{\"sha512\": \"{Digest}\", \"x\": ");
        for (int i = 1; i < levels; i++)
            text.Append(bracket == '[' ? "[" : i < levels - 1 ? "{\"x\":" : "{");
        text.Append(bracket == '[' ? ']' : '}', levels - 1);
        return text.Append('}').ToString();
    }

    private static byte[] BodyOf(int lengthBytes)
    {
        string pair = Entries.Pair($$"""{"sha512": "{{Digest}}", "x": "@"}""", "");
        return Encoding.UTF8.GetBytes(pair.Replace("@", new string('x', lengthBytes - pair.Length + 1), StringComparison.Ordinal));
    }

    private async Task AssertRefusedAsync(int status, byte[] body) =>
        await AssertOutcomeAsync(status, await server.SendAsync($"PUT {{dir}}/{_key} HTTP/1.1\r\nContent-Length: {body.Length}", body));

    private async Task AssertOutcomeAsync(int status, WireResponse response)
    {
        if (status == 201)
            Answer.HasStatus(201, response);
        else
            Answer.IsOneLineError(status, response);
        Answer.HasStatus(status == 201 ? 200 : 404, await server.Python.ListAsync(_key));
    }
}
