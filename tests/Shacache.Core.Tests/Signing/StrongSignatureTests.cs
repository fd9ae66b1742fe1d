using System.Text.Json;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Core.Tests.Signing;

public sealed class StrongSignatureTests
{
    private static readonly JsonElement Vectors = ReadVectors();

    public static TheoryData<string> CaseNames() => [.. Cases().Select(vector => vector.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void Verdict_Vector_TrustedByExactlyTheKeysNamed(string name)
    {
        JsonElement vector = Cases().Single(vector => vector.GetProperty("name").GetString() == name);
        SignedEntry entry = Entry(vector);

        List<string> trustedBy = [];
        foreach (JsonProperty certificate in Vectors.GetProperty("certificates").EnumerateObject())
        {
            using TrustedKeys trusted = TrustedKeys.Parse(certificate.Value.GetString()!);
            if (SignatureVerdict.Of(entry, trusted).Satisfies(SignaturePolicy.Any))
                trustedBy.Add(certificate.Name);
        }

        Assert.Equal(vector.GetProperty("trusted_by").EnumerateArray().Select(owner => owner.GetString()!), trustedBy);
    }

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void Verdict_Vector_ProvesWhatTheCaseSays(string name)
    {
        JsonElement vector = Cases().Single(vector => vector.GetProperty("name").GetString() == name);
        SignedEntry entry = Entry(vector);
        using TrustedKeys trusted = TrustedKeys.Parse(string.Concat(
            Vectors.GetProperty("certificates").EnumerateObject().Select(certificate => certificate.Value.GetString())));

        SignatureVerdict verdict = SignatureVerdict.Of(entry, trusted);

        if (entry.Signature.Length == 0)
        {
            Assert.Null(verdict.Signer);
            return;
        }

        string[] expected = vector.GetProperty("state").GetString()!.Split("-or-");
        Assert.Contains(verdict.Strong.ToString(), expected, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(verdict.Strong == StrongProof.Valid, verdict.Satisfies(SignaturePolicy.Strong));
    }

    [Theory]
    [InlineData("""{"sha512": "SHA"}""")]
    [InlineData("""{"sha512": "SHA", "x": {"sig2": "inner"}, "é": "\u00e9 é 😀"} """)]
    public void Append_LegalInformation_IsValidUnderTheSameKeyOnly(string text)
    {
        string information = text.Replace("SHA", Digest.Empty.ToString(), StringComparison.Ordinal);
        using SigningKey key = SigningKey.Generate(2048), other = SigningKey.Generate(2048);

        string strong = StrongSignature.Append(information, key);

        using TrustedKeys both = Trust(other, key);
        Assert.True(SignedEntry.TryCreate(strong, key.Sign(strong), out SignedEntry? entry, out _));
        SignatureVerdict verdict = SignatureVerdict.Of(entry, both);
        Assert.Equal(2, verdict.Signer!.Position);
        Assert.Equal(StrongProof.Valid, verdict.Strong);
        Assert.True(SignedEntry.TryCreate(strong, other.Sign(strong), out SignedEntry? resigned, out _));
        Assert.Equal(StrongProof.Invalid, SignatureVerdict.Of(resigned, both).Strong);
        Assert.False(SignatureVerdict.Of(resigned, both).Satisfies(SignaturePolicy.Any));
    }

    [Fact]
    public void Append_InformationThatHasOne_IsRefused()
    {
        using SigningKey key = SigningKey.Generate(2048);
        string strong = StrongSignature.Append($$"""{"sha512": "{{Digest.Empty}}"}""", key);

        Assert.Throws<ArgumentException>(() => StrongSignature.Append(strong, key));
    }

    [Fact]
    public void Read_EveryPrefixAndByteChange_NeverThrowsForWellFormedEntries()
    {
        string information = Cases().First().GetProperty("information").GetString()!;
        int checkedEntries = 0;
        var random = new Random(1);
        for (int i = 0; i < 5000; i++)
        {
            char[] text = information.ToCharArray();
            text[random.Next(text.Length)] = (char)random.Next(32, 127);
            if (!SignedEntry.TryCreate(new string(text), "", out SignedEntry? entry, out _))
                continue;
            StrongSignature.Read(entry.Information, out _, out _);
            checkedEntries++;
        }

        Assert.True(checkedEntries > 1000, $"Only {checkedEntries} of the altered texts were well-formed.");
    }

    private static TrustedKeys Trust(params SigningKey[] keys) =>
        TrustedKeys.Parse(string.Concat(keys.Select((key, i) => SignatureCertificate.CreatePem(key, $"key-{i}", DateTimeOffset.UnixEpoch))));

    // The pair is restored, not checked: the verdict on what no server would accept is asked for as well.
    private static SignedEntry Entry(JsonElement vector) =>
        SignedEntry.Restore(vector.GetProperty("information").GetString()!, vector.GetProperty("signature").GetString()!, Digest.Empty, null);

    private static JsonElement.ArrayEnumerator Cases() => Vectors.GetProperty("cases").EnumerateArray();

    private static JsonElement ReadVectors() =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "sig2.json"))).RootElement;
}
