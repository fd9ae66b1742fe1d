using System.Text;
using Shacache.Client.Bundles;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Blobs;

namespace Shacache.Client.Tests.Bundles;

/// <summary>Indexes that only an attacker writes, accepted with <see cref="BundleImportOptions.AllowUntrusted"/>: one clear refusal, bounded work.</summary>
public sealed class HostileIndexTests : IDisposable
{
    private const string Head = "shacache-bundle-index 1\ncreated 2026-01-31T12:00:00Z\nsource http://cache.example/shadir\n";

    private static readonly string D = new('a', Digest.HexLength);
    private static readonly string C = $"c 8192 10 {D}\n";

    private readonly BundleWorkshop _workshop = new();

    public static TheoryData<string, string> Malformed => new()
    {
        { "", "line 1: it must be 'shacache-bundle-index 1'" },
        { "shacache-bundle-index 2\n", "line 1: it must be" },
        { "shacache-bundle-index 1\r\n", "line 1: it is not printable ASCII" },
        { "shacache-bundle-index 1\ncreated yesterday\nsource x\ncontents 0\nentries 0\n", "created is not a time" },
        { "shacache-bundle-index 1\ncreated 2026-01-31T12:00:00Z\n", "line 3: it must begin with 'source'" },
        { $"{Head}contents 99999999999999\nentries 0\n", "are more than an index of" },
        { $"{Head}contents 9223372036854775808\nentries 0\n", "plain decimal digits" },
        { $"{Head}contents 1000000\nentries 0\n{C}", "are more than an index of" },
        { $"{Head}contents 0\nentries 2000000000\n", "are more than an index of" },
        { $"{Head}contents -1\nentries 0\n", "plain decimal digits" },
        { $"{Head}contents 1\nentries 0\n", "are more than an index of" },
        { $"{Head}contents 1\nentries 0\nc 08192 10 {D}\n", "plain decimal digits" },
        { $"{Head}contents 1\nentries 0\nc +8192 10 {D}\n", "plain decimal digits" },
        { $"{Head}contents 1\nentries 0\nc 8192 -10 {D}\n", "plain decimal digits" },
        { $"{Head}contents 1\nentries 0\nc 8192  10 {D}\n", "line 6: a word is missing" },
        { $"{Head}contents 1\nentries 0\nc 8192 10 {D} 1\n", "more words than there may be" },
        { $"{Head}contents 1\nentries 0\nc 8192 10 {D[1..]}\n", "no SHA-512" },
        { $"{Head}contents 1\nentries 0\nc 9223372036854775807 10 {D}\n", "not within the file" },
        { $"{Head}contents 1\nentries 0\nc 8192 9223372036854775807 {D}\n", "not within the file" },
        { $"{Head}contents 1\nentries 0\nx 8192 10 {D}\n", "line 6: it must begin with 'c'" },
        { $"{Head}contents 2\nentries 0\n{C}c 8201 5 {D}\n", "two of its contents overlap" },
        { $"{Head}contents 2\nentries 0\n{C}{C}", "two of its contents overlap" },
        { $"{Head}contents 1\nentries 0\n{C}{C}", "nothing may follow the entries" },
        { $"{Head}contents 1\nentries 1\n{C}e 8300 0 {D} 0 k\n", "an entry of 0 bytes is not valid" },
        { $"{Head}contents 1\nentries 1\n{C}e 8300 17000000 {D} 0 k\n", "not within the file" },
        { $"{Head}contents 1\nentries 1\n{C}e 8192 5 {D} 1 k\n", "there is no content 1" },
        { $"{Head}contents 1\nentries 1\n{C}e 8192 5 {D} 0 \n", "a word is missing" },
        { $"{Head}contents 1\nentries 2\n{C}e 8192 5 {D} 0 k\ne 8194 5 {D} 0 k\n", "line 8: the entry overlaps" },
        { $"{Head}contents 1\nentries 2\n{C}e 8192 5 {D} 0 k\ne 8190 2 {D} 0 k\n", "line 8: the entry overlaps" },
        { $"{Head}contents 1\nentries 1\n{C}e 8192 5 {D} 0 {new string('k', 5000)}\n", "line 7: it is too long" },
        { $"{Head}contents 1\nentries 1\n{C}e 8192 5 {D} 0 {new string('k', 100_000)}\n", "line 7: it is too long" },
        { $"{Head}contents 1\nentries 1\n{C}e 8192 5 {D} 0 é\n", "line 7: it is not printable ASCII" },
        { $"{Head}contents 1\nentries 1\n{C}e 8192 5 {D} 0 k", "line 7: it does not end" },
    };

    public void Dispose() => _workshop.Dispose();

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task CheckAsync_MalformedIndex_IsRefusedAsAWhole(string index, string problem)
    {
        _workshop.Forge(index, new byte[100]);
        BundleException e = await Assert.ThrowsAsync<BundleException>(() => _workshop.CheckAsync(allowUntrusted: true));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Empty(_workshop.Refused);
    }

    [Theory]
    [InlineData("[\"{}\", \"\"]", "k", "the entry is malformed: The information has no member sha512.")]
    [InlineData("[\"{}\"]", "k", "the entry is malformed: The pair is not a JSON array of exactly two strings.")]
    [InlineData("not JSON", "k", "the entry is malformed: The body is not JSON")]
    [InlineData("$OTHER", "k", "the entry names the content")]
    [InlineData("$GOOD", "..", "The key is '.' or '..'.")]
    [InlineData("$GOOD", "a%2Fb", "The key holds a slash.")]
    [InlineData("$GOOD", "%FF", "The key is not valid UTF-8.")]
    [InlineData("$GOOD", "%0A", "The key holds a control character")]
    [InlineData("$OTHERKEY", "k", "the entry is not trusted")]
    [InlineData("$DEEP", "k", "the entry is malformed: The information is not JSON")]
    public async Task CheckAsync_WrongEntry_IsRefusedByName(string entry, string key, string problem)
    {
        byte[] content = [1, 2, 3];
        string good = $$"""{\"sha512\": \"{{Digest.Compute(content)}}\" """;
        string signed = SignedFor("other", content);
        string text = entry switch
        {
            "$GOOD" => $"[\"{good}}}\", \"\"]",
            "$OTHER" => $$"""["{\"sha512\": \"{{Digest.Compute([9])}}\"}", ""]""",
            "$DEEP" => $"[\"{good}, \\\"x\\\": {new string('[', 10_000)}\", \"\"]",
            "$OTHERKEY" => signed,
            _ => entry,
        };
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        byte[] sound = Encoding.UTF8.GetBytes($"[\"{good}}}\", \"\"]");
        _workshop.Forge(
            $"{Head}contents 1\nentries 2\nc 8192 3 {Digest.Compute(content)}\ne 8195 {bytes.Length} {Digest.Compute(bytes)} 0 {key}\n" +
            $"e {8195 + bytes.Length} {sound.Length} {Digest.Compute(sound)} 0 sound\n",
            [.. content, .. bytes, .. sound]);

        BundleCheckResult check = await _workshop.CheckAsync(allowUntrusted: true);

        Assert.Equal((1, 1), (check.AcceptedEntries, check.RefusedEntries));
        BundleRefusal refusal = Assert.Single(_workshop.Refused);
        Assert.Contains(problem, refusal.Reason, StringComparison.Ordinal);
        Assert.Equal(key, refusal.Key);
        Assert.DoesNotContain('\n', refusal.ToString());
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task CheckAsync_RandomChangesUnderAValidSeal_NeverEndOtherwiseThanInARefusal()
    {
        byte[] content = [1, 2, 3];
        byte[] entry = Encoding.UTF8.GetBytes($$"""["{\"sha512\": \"{{Digest.Compute(content)}}\"}", ""]""");
        string index = $"{Head}contents 1\nentries 1\nc 8192 3 {Digest.Compute(content)}\ne 8195 {entry.Length} {Digest.Compute(entry)} 0 key\n";
        var random = new Random(5);
        int refused = 0;
        for (int i = 0; i < 1500; i++)
        {
            char[] changed = index.ToCharArray();
            for (int n = random.Next(1, 4); n > 0; n--)
                changed[random.Next(changed.Length)] = (char)random.Next(n == 1 ? 32 : 0, n == 1 ? 127 : 256);
            _workshop.Forge(new string(changed), [.. content, .. entry]);
            try
            {
                BundleCheckResult check = await _workshop.CheckAsync(allowUntrusted: true);
                Assert.Equal(1, check.AcceptedEntries + check.RefusedEntries);
            }
            catch (BundleException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 100, 1499);
    }

    [Fact]
    public async Task CheckAsync_SealOfANewerVersion_IsSaid()
    {
        _workshop.Forge($"{Head}contents 0\nentries 0\n");
        byte[] file = await File.ReadAllBytesAsync(_workshop.Bundle, TestContext.Current.CancellationToken);
        foreach (long offset in new[] { BundleLayout.FirstSealOffset, BundleLayout.LastSealOffset(file.Length) })
        {
            file[offset + 16] = (byte)'2';
            byte[] check = new byte[Digest.HexLength];
            Digest.Compute(file.AsSpan((int)offset, BundleLayout.SealBytes - Digest.HexLength - 1)).FormatTo(check);
            check.CopyTo(file, offset + BundleLayout.SealBytes - Digest.HexLength - 1);
        }

        await File.WriteAllBytesAsync(_workshop.Bundle, file, TestContext.Current.CancellationToken);
        BundleException e = await Assert.ThrowsAsync<BundleException>(() => _workshop.CheckAsync(allowUntrusted: true));
        Assert.Contains("its version is 2, which only a newer program reads", e.Message, StringComparison.Ordinal);
    }

    private static string SignedFor(string key, byte[] content)
    {
        using var signing = Core.Signing.SigningKey.FromPem(TestKeys.First.PrivateKeyPem);
        string information = $$"""{"sha512": "{{Digest.Compute(content)}}", "key": "{{key}}"}""";
        return System.Text.Json.JsonSerializer.Serialize(new[] { information, signing.Sign(information) });
    }
}
