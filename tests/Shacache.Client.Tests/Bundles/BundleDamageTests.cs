using System.Text;
using System.Text.Json.Nodes;
using Shacache.Client.Bundles;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Blobs;

namespace Shacache.Client.Tests.Bundles;

/// <summary>What a damaged file costs: the entries concerned, or nothing (docs/bundle-format.md, "Reading").</summary>
public sealed class BundleDamageTests : IDisposable
{
    private readonly BundleWorkshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task CheckAsync_OneByteChangedAnywhere_CostsWhatIsThereAndIsSaid()
    {
        byte[] whole = await MakeAsync();
        Layout layout = Layout.Of(whole);
        // Around every boundary, and here and there between.
        int[] places = [.. Enumerable.Range(0, whole.Length).Where(i => i % 211 == 0 || layout.IsNearBoundary(i))];
        Assert.True(places.Length > 400);
        foreach (int place in places)
        {
            byte[] damaged = [.. whole];
            damaged[place] ^= 0x20;
            (string[] refused, IReadOnlyList<string> damages) = await CheckAsync(damaged);
            Assert.True(layout.RefusedBy(place).SequenceEqual(refused), $"byte {place}: {string.Join(", ", refused)} refused, not {string.Join(", ", layout.RefusedBy(place))}");
            Assert.True(layout.DamageOf(place) is { } part ? damages.Single().Contains(part, StringComparison.Ordinal) : damages.Count == 0, $"byte {place}: {string.Join("; ", damages)}");
        }
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task CheckAsync_CutOff_IsUsedAsLongAsOneIndexIsWhole()
    {
        byte[] whole = await MakeAsync();
        Layout layout = Layout.Of(whole);
        for (int length = 0; length < whole.Length; length += length < 6000 ? 499 : 997)
        {
            byte[] cut = whole[..length];
            if (length >= layout.FirstIndexEnd)
            {
                (string[] refused, IReadOnlyList<string> damages) = await CheckAsync(cut);
                Assert.Empty(refused);
                Assert.Contains($"the file is cut off: it has {length} of {whole.Length} bytes", damages);
                continue;
            }

            BundleException e = await Assert.ThrowsAsync<BundleException>(() => CheckAsync(cut));
            Assert.Contains(length < 4608 ? "not a bundle" : "cut off", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(300_000)]
    public async Task CheckAsync_BytesAfterTheEnd_AreIgnoredAndReported(int more)
    {
        byte[] whole = await MakeAsync();
        (string[] refused, IReadOnlyList<string> damages) = await CheckAsync([.. whole, .. Content.Random(more)]);
        Assert.Empty(refused);
        Assert.Equal([$"the file continues after the end of the bundle: {more} bytes are ignored"], damages);
    }

    [Fact]
    public async Task CheckAsync_BothCopiesDamaged_NothingIsUsed()
    {
        byte[] whole = await MakeAsync();
        Layout layout = Layout.Of(whole);
        byte[] index = [.. whole];
        index[layout.Seal.IndexOffset] ^= 1;
        index[layout.Seal.IndexCopyOffset] ^= 1;
        BundleException noIndex = await Assert.ThrowsAsync<BundleException>(() => CheckAsync(index));
        Assert.Contains("the first copy of the index", noIndex.Message, StringComparison.Ordinal);
        Assert.Contains("the second copy of the index", noIndex.Message, StringComparison.Ordinal);

        byte[] seals = [.. whole];
        seals[600] ^= 1;
        seals[^2000] ^= 1;
        Assert.Contains("both of its seals are damaged", (await Assert.ThrowsAsync<BundleException>(() => CheckAsync(seals))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckAsync_SignedByAnother_IsRefusedWhateverElseIsRight()
    {
        await MakeAsync();
        BundleException e = await Assert.ThrowsAsync<BundleException>(() => _workshop.CheckAsync(certificates: TestKeys.Second.CertificatePem));
        Assert.Contains("signed by a key that none of the 1 readable certificates", e.Message, StringComparison.Ordinal);
        Assert.Equal("CN=COMP-1", (await _workshop.CheckAsync(certificates: TestKeys.Second.CertificatePem + "\n" + TestKeys.First.CertificatePem)).Signer);
        BundleCheckResult allowed = await _workshop.CheckAsync(allowUntrusted: true, certificates: TestKeys.Second.CertificatePem);
        Assert.Equal((null, 3), (allowed.Signer, allowed.AcceptedEntries));
    }

    [Fact]
    public async Task CheckAsync_IndexExchangedUnderAValidSeal_IsNotTrusted()
    {
        byte[] whole = await MakeAsync();
        Layout layout = Layout.Of(whole);
        // An index of one's own, with the right digest in the seal, and the signature of the old one.
        byte[] index = whole[(int)layout.Seal.IndexOffset..layout.FirstIndexEnd];
        index[index.AsSpan().IndexOf("created 2"u8) + 9] ^= 1;
        byte[] seal = (layout.Seal with { IndexDigest = Digest.Compute(index) }).ToBytes();
        byte[] forged = [.. whole];
        index.CopyTo(forged, layout.Seal.IndexOffset);
        index.CopyTo(forged, layout.Seal.IndexCopyOffset);
        seal.CopyTo(forged, BundleLayout.FirstSealOffset);
        seal.CopyTo(forged, BundleLayout.LastSealOffset(forged.Length));
        Assert.Contains("is signed by a key that none", (await Assert.ThrowsAsync<BundleException>(() => CheckAsync(forged))).Message, StringComparison.Ordinal);
    }

    private async Task<byte[]> MakeAsync()
    {
        await using var server = new ScriptedServer(new FakeCache().AnswerAsync);
        byte[] shared = [.. "shared"u8, .. Content.Random(4000)];
        await _workshop.FillAsync(server.Url, "a", shared, new JsonObject { ["n"] = 1 });
        await _workshop.FillAsync(server.Url, "b", shared, new JsonObject { ["n"] = 2 });
        await _workshop.FillAsync(server.Url, "c", [.. "alone"u8, .. Content.Random(1500, seed: 2)]);
        File.Delete(_workshop.Bundle);
        BundleExportResult result = await _workshop.ExportAsync(_workshop.Options(server.Url), "a", "b", "c");
        Assert.Equal((3, 2, true), (result.Entries, result.Contents, result.IsComplete));
        return await File.ReadAllBytesAsync(_workshop.Bundle, TestContext.Current.CancellationToken);
    }

    private async Task<(string[] Refused, IReadOnlyList<string> Damages)> CheckAsync(byte[] bundle)
    {
        await File.WriteAllBytesAsync(_workshop.Bundle, bundle, TestContext.Current.CancellationToken);
        _workshop.Refused.Clear();
        BundleCheckResult check = await _workshop.CheckAsync();
        string[] refused = [.. _workshop.Refused.Select(refusal => refusal.Key).Order(StringComparer.Ordinal)];
        Assert.Equal((3 - refused.Length, refused.Length), (check.AcceptedEntries, check.RefusedEntries));
        return (refused, check.Damages);
    }

    /// <summary>The parts of the file, as the index lists them.</summary>
    private sealed class Layout
    {
        private readonly List<(long Start, long End, string[] Refused, string? Damage)> _parts = [];

        public required BundleSeal Seal { get; init; }

        public int FirstIndexEnd => (int)(Seal.IndexOffset + Seal.IndexLengthBytes);

        public static Layout Of(byte[] bundle)
        {
            Assert.True(BundleSeal.TryParse(bundle.AsSpan(BundleLayout.FirstSealOffset, BundleLayout.SealBytes), out BundleSeal? seal, out _));
            var layout = new Layout { Seal = seal };
            string[] lines = Encoding.ASCII.GetString(bundle, (int)seal.IndexOffset, (int)seal.IndexLengthBytes).Split('\n');
            string[][] words = [.. lines.Select(line => line.Split(' '))];
            string[][] entries = [.. words.Where(line => line[0] == "e")];
            string[][] contents = [.. words.Where(line => line[0] == "c")];
            for (int i = 0; i < contents.Length; i++)
                layout.Add(contents[i][1], contents[i][2], [.. entries.Where(entry => entry[4] == $"{i}").Select(entry => entry[5]).Order(StringComparer.Ordinal)], null);
            foreach (string[] entry in entries)
                layout.Add(entry[1], entry[2], [entry[5]], null);
            layout.Add($"{seal.IndexOffset}", $"{seal.IndexLengthBytes}", [], "the first copy of the index");
            layout.Add($"{seal.IndexCopyOffset}", $"{seal.IndexLengthBytes}", [], "the second copy of the index");
            layout.Add($"{BundleLayout.FirstSealOffset}", $"{BundleLayout.SealBytes}", [], "the seal at the beginning");
            layout.Add($"{BundleLayout.LastSealOffset(bundle.Length)}", $"{BundleLayout.SealBytes}", [], "the seal at the end");
            return layout;
        }

        public string[] RefusedBy(int place) => PartAt(place).Refused ?? [];

        public string? DamageOf(int place) => PartAt(place).Damage;

        public bool IsNearBoundary(int place) => _parts.Exists(part => place - part.Start is >= -2 and <= 1 || place - part.End is >= -2 and <= 1);

        private (long Start, long End, string[] Refused, string? Damage) PartAt(int place) => _parts.Find(part => place >= part.Start && place < part.End);

        private void Add(string offset, string length, string[] refused, string? damage)
        {
            long start = long.Parse(offset, System.Globalization.CultureInfo.InvariantCulture);
            _parts.Add((start, start + long.Parse(length, System.Globalization.CultureInfo.InvariantCulture), refused, damage));
        }
    }
}
