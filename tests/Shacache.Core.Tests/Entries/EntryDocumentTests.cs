using System.Buffers;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Testing.Entries;

namespace Shacache.Core.Tests.Entries;

public sealed class EntryDocumentTests
{
    private static readonly string Information = $$"""{"sha512": "{{Digest.Empty}}", "file_name": "caf\u00e9 é"}""";
    private static readonly string Pair = JsonSerializer.Serialize(new[] { Information, "AAAA" });

    [Fact]
    public void TryParsePair_LegalBody_KeepsBothTextsVerbatim()
    {
        Assert.True(EntryDocument.TryParsePair(Encoding.UTF8.GetBytes($" \r\n{Pair}\t\n"), out SignedEntry? entry, out string? problem), problem);
        Assert.Equal(Information, entry.Information);
        Assert.Equal("AAAA", entry.Signature);
    }

    [Theory]
    [InlineData("", "The body is not JSON (line 1, byte 1): ")]
    [InlineData("[", "The body is not JSON (line 1, byte 2): ")]
    [InlineData("\u0000", "The body is not JSON (line 1, byte 1): ")]
    [InlineData("\uFEFF[]", "The body begins with a byte order mark.")]
    [InlineData("null", "The pair is not a JSON array of exactly two strings.")]
    [InlineData("{}", "The pair is not a JSON array of exactly two strings.")]
    [InlineData("\"a\"", "The pair is not a JSON array of exactly two strings.")]
    [InlineData("[]", "The pair is not a JSON array of exactly two strings.")]
    [InlineData("[\"a\"]", "The pair is not a JSON array of exactly two strings.")]
    [InlineData("[\"a\", null]", "The pair is not a JSON array of exactly two strings.")]
    [InlineData("[1, \"a\"]", "The pair is not a JSON array of exactly two strings.")]
    [InlineData("[\"a\", \"b\", \"c\"]", "The pair is not a JSON array of exactly two strings.")]
    [InlineData("[[\"a\", \"b\"]]", "The pair is not a JSON array of exactly two strings.")]
    [InlineData("[{\"sha512\": \"\"}, \"b\"]", "The pair is not a JSON array of exactly two strings.")]
    [InlineData("[\"a\", \"b\"", "The body is not JSON (line 1, byte 10): ")]
    [InlineData("[\"a\" \"b\"]", "The body is not JSON (line 1, byte 6): ")]
    [InlineData("[\"a\", \"b\",]", "The body is not JSON (line 1, byte 11): ")]
    [InlineData("[\"a\", \"b\"]]", "The body is not JSON (line 1, byte 11): ")]
    [InlineData("[\"a\", \"b\"] x", "The body is not JSON (line 1, byte 12): ")]
    [InlineData("[\"\\ud800\", \"\"]", "The pair holds a lone surrogate.")]
    [InlineData("[\"\\u12\", \"\"]", "The body is not JSON (line 1, byte 7): ")]
    [InlineData("[\"{}\", \"\"]", "The information has no member sha512.")]
    public void TryParsePair_IllegalBody_SaysWhyOnOneLine(string body, string expected)
    {
        Assert.False(EntryDocument.TryParsePair(Encoding.UTF8.GetBytes(body), out SignedEntry? entry, out string? problem));
        Assert.Null(entry);
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
        Assert.DoesNotContain(problem, char.IsControl);
    }

    [Fact]
    public void TryParsePair_NotUtf8_IsRefused()
    {
        byte[][] bodies = [[0xFF], [0xFE, 0xFF, 0, (byte)'['], [.. "[\""u8, 0xC3, .. "\", \"\"]"u8], [.. "[\""u8, 0xED, 0xA0, 0x80, .. "\", \"\"]"u8]];
        foreach (byte[] body in bodies)
        {
            Assert.False(EntryDocument.TryParsePair(body, out _, out string? problem));
            Assert.Equal("The body is not valid UTF-8.", problem);
        }
    }

    [Fact]
    public void WritePair_AnyLegalEntry_IsReadBackVerbatim() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(EntryGenerators.Entries, entry =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            EntryDocument.WritePair(buffer, entry);
            return EntryDocument.TryParsePair(buffer.WrittenSpan, out SignedEntry? again, out _) && again.Equals(entry);
        }));

    [Fact]
    public void WriteListing_AnyLegalEntries_AreReadBackVerbatimInTheirOrder() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Gen.ListOf(EntryGenerators.Entries.Generator).ToArbitrary(), entries =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            EntryDocument.WriteListing(buffer, entries);
            IReadOnlyList<SignedEntry>? again = EntryDocument.ParseListing(buffer.WrittenSpan, out IReadOnlyList<string> problems);
            return problems.Count == 0 && again!.SequenceEqual(entries);
        }));

    [Fact]
    public void ParseListing_CutAnywhere_HasThePairsThatAreWhole()
    {
        byte[] listing = Encoding.UTF8.GetBytes($"[{Pair}, {Pair}, [\"é\"], {Pair}]");
        int[] ends = [.. Enumerable.Range(1, 3).Select(i => i == 3 ? listing.Length - 1 : 1 + (i * Encoding.UTF8.GetByteCount(Pair)) + ((i - 1) * 2))];
        for (int length = 1; length < listing.Length; length++)
        {
            IReadOnlyList<SignedEntry>? entries = EntryDocument.ParseListing(listing.AsSpan(0, length), out IReadOnlyList<string> problems, isCut: true);

            Assert.NotNull(entries);
            Assert.Equal(ends.Count(end => end <= length), entries.Count);
            Assert.All(entries, entry => Assert.Equal(Information, entry.Information));
            Assert.InRange(problems.Count, 0, 1);
        }
    }

    [Theory]
    [InlineData("{\"a\": [")]
    [InlineData("nonsense [")]
    [InlineData("[x")]
    public void ParseListing_CutAndNoListing_IsNull(string body)
    {
        Assert.Null(EntryDocument.ParseListing(Encoding.UTF8.GetBytes(body), out IReadOnlyList<string> problems, isCut: true));
        Assert.StartsWith("The answer ", problems[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void WriteListing_LongEnough_LeavesOutTheRest()
    {
        Assert.True(EntryDocument.TryParsePair(Encoding.UTF8.GetBytes(Pair), out SignedEntry? entry, out _));
        var buffer = new ArrayBufferWriter<byte>();

        int count = EntryDocument.WriteListing(buffer, Enumerable.Repeat(entry, 1000), enoughBytes: 3 * Pair.Length);

        Assert.InRange(count, 3, 4);
        Assert.Equal(count, EntryDocument.ParseListing(buffer.WrittenSpan, out _)!.Count);
        Assert.Equal(1, EntryDocument.WriteListing(new ArrayBufferWriter<byte>(), [entry, entry], enoughBytes: 1));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("1")]
    [InlineData("[[\"a\"")]
    [InlineData("[$] x")]
    [InlineData("[[[\"a")]
    [InlineData("")]
    public void ParseListing_NoArray_IsNullWithOneProblem(string body)
    {
        Assert.Null(EntryDocument.ParseListing(Encoding.UTF8.GetBytes(body.Replace("$", Pair, StringComparison.Ordinal)), out IReadOnlyList<string> problems));
        Assert.StartsWith("The answer ", problems[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"a\": [1, {\"b\": []}]}")]
    [InlineData("[[[]], {\"a\": [1]}]")]
    [InlineData("[\"a\"]")]
    [InlineData("[\"a\", {\"b\": [[]]}]")]
    [InlineData("[\"a\", \"b\", [\"c\"], {\"d\": []}]")]
    [InlineData("[\"\\ud800\", \"b\"]")]
    [InlineData("[\"a\", \"\\ud800\"]")]
    [InlineData("[\"not json\", \"\"]")]
    [InlineData("[\"{}\", \"\"]")]
    public void ParseListing_MalformedPair_IsLeftOutAndTheOthersStay(string malformed)
    {
        foreach (string body in (string[])[$"[{malformed},{Pair}]", $"[{Pair},{malformed}]", $"[{Pair},{malformed},{malformed},{Pair}]"])
        {
            IReadOnlyList<SignedEntry>? entries = EntryDocument.ParseListing(Encoding.UTF8.GetBytes(body), out IReadOnlyList<string> problems);
            Assert.NotNull(entries);
            Assert.All(entries, entry => Assert.Equal(Information, entry.Information));
            Assert.Equal(body.Split(Pair).Length - 1, entries.Count);
            Assert.Equal(body.Length > (2 * Pair.Length) ? 2 : 1, problems.Count);
            Assert.All(problems, problem => Assert.DoesNotContain(problem, char.IsControl));
        }
    }

    [Fact]
    public void TryParsePair_RandomDamage_NeverThrowsAndEndsInAnEntryOrOneLine()
    {
        var random = new Random(11);
        byte[][] seeds =
        [
            Encoding.UTF8.GetBytes(Pair),
            Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new[] { Information.Insert(1, "\"expiration_date\": \"2030-01-01T00:00:00Z\", \"a\": [1.5e3, {\"b\": null}], "), "AA==\n" })),
            Encoding.UTF8.GetBytes($"[{Pair},{Pair}]"),
        ];
        for (int round = 0; round < 30_000; round++)
        {
            byte[] body = Damage(seeds[round % seeds.Length], random);
            if (!EntryDocument.TryParsePair(body, out SignedEntry? entry, out string? problem))
                Assert.DoesNotContain(problem, char.IsControl);
            else
                Assert.True(SignedEntry.TryCreate(entry.Information, entry.Signature, out _, out _));
            EntryDocument.ParseListing(body, out IReadOnlyList<string> problems);
            Assert.All(problems, line => Assert.DoesNotContain(line, char.IsControl));
        }
    }

    private static byte[] Damage(byte[] seed, Random random)
    {
        List<byte> bytes = [.. seed];
        for (int i = random.Next(1, 5); i > 0 && bytes.Count > 0; i--)
        {
            int place = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[place] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(place, Math.Min(random.Next(1, 20), bytes.Count - place));
                    break;
                case 2:
                    bytes.Insert(place, (byte)"\"\\[]{},:u0d\0\u007F"[random.Next(13)]);
                    break;
                case 3:
                    bytes.InsertRange(place, (byte[])[.. "\\ud83d"u8]);
                    break;
                default:
                    bytes.InsertRange(place, bytes.GetRange(random.Next(bytes.Count), 1));
                    break;
            }
        }

        return [.. bytes];
    }
}
