using System.Net;
using System.Security.Cryptography;
using Shacache.Core.Blobs;
using Shacache.Core.Signing;
using Shacache.Testing;

namespace Shacache.Cli.Administration;

/// <summary>What stays in a full store, and what is no longer listed.</summary>
public sealed class KeptContentTests : IDisposable
{
    private const int BlobBytes = 1 << 20;

    private readonly ContentSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task FullStore_PinsAndSignedContentStay_EntriesOfTheRestAreUnlisted()
    {
        using RSA rsa = RSA.Create(2048);
        using var key = SigningKey.FromPem(rsa.ExportPkcs8PrivateKeyPem());
        string certificates = Path.Combine(_site.Folder, "kept.pem");
        await File.WriteAllTextAsync(certificates, SignatureCertificate.CreatePem(key, "release", DateTimeOffset.UtcNow), TestContext.Current.CancellationToken);
        await _site.StartAsync("--max-store-size", "10MiB", "--evict-grace", "0s", "--keep-signers", certificates);
        Digest pinned = await UploadAsync(0);
        Digest underKey = await UploadAsync(1);
        Digest signed = await UploadAsync(2);
        Digest plain = await UploadAsync(3);
        (await _site.AdminAsync("pin", "--digest", pinned.ToString())).AssertDone();
        (await _site.AdminAsync("pin", "--key", "pinned-key")).AssertDone();
        Assert.Equal(HttpStatusCode.Created, await _site.PutAsync("pinned-key", underKey));
        Assert.Equal(HttpStatusCode.Created, await _site.PutAsync("signed-key", signed, key.Sign($$"""{"sha512": "{{signed}}"}""")));
        Assert.Equal(HttpStatusCode.Created, await _site.PutAsync("plain-key", plain));
        for (int number = 4; number < 30; number++)
            await UploadAsync(number);
        await Eventually.IsTrueAsync(async () => await _site.GetContentAsync(plain) == HttpStatusCode.NotFound);
        await Eventually.IsTrueAsync(async () => await _site.ListAsync("plain-key") == HttpStatusCode.NotFound);
        foreach (Digest kept in (Digest[])[pinned, underKey, signed])
            Assert.Equal(HttpStatusCode.OK, await _site.GetContentAsync(kept));
        foreach (string name in (string[])["pinned-key", "signed-key"])
            Assert.Equal(HttpStatusCode.OK, await _site.ListAsync(name));

        (await _site.AdminAsync("unpin", "--digest", pinned.ToString())).AssertDone();
        for (int number = 30; number < 60; number++)
            await UploadAsync(number);
        await Eventually.IsTrueAsync(async () => await _site.GetContentAsync(pinned) == HttpStatusCode.NotFound);
        await UploadAsync(3);
        Assert.Equal(HttpStatusCode.OK, await _site.ListAsync("plain-key"));
    }

    /// <summary>Nothing asks for a relocation map until a release is moved, which must be possible then.</summary>
    [Fact]
    public async Task FullStore_DocumentsOfAReleaseThatIsRead_StayAsLongAsIt()
    {
        await _site.StartAsync("--max-store-size", "10MiB", "--evict-grace", "0s");
        Digest release = await UploadAsync(0);
        Digest map = await UploadAsync(1);
        Digest requirements = await UploadAsync(2);
        Assert.Equal(HttpStatusCode.Created, await _site.PutAsync("release", release, more: $", \"relocation_map\": \"{map}\", \"requirements\": \"{requirements}\""));
        Digest plain = await UploadAsync(3);
        for (int number = 4; number < 30; number++)
        {
            await UploadAsync(number);
            Assert.Equal(HttpStatusCode.OK, await _site.GetContentAsync(release));
        }

        await Eventually.IsTrueAsync(async () => await _site.GetContentAsync(plain) == HttpStatusCode.NotFound);
        foreach (Digest kept in (Digest[])[map, requirements])
            Assert.Equal(HttpStatusCode.OK, await _site.GetContentAsync(kept));

        // Not asked for any more, the release goes, and they with it.
        for (int number = 30; number < 90; number++)
            await UploadAsync(number);
        foreach (Digest gone in (Digest[])[release, map, requirements])
            await Eventually.IsTrueAsync(async () => await _site.GetContentAsync(gone) == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Gc_DocumentsOfARelease_AreNamedByItsEntry()
    {
        await _site.StartAsync("--evict-grace", "0s", "--unlisted-content-keep", "0s");
        Digest release = await _site.UploadAsync([1]);
        Digest map = await _site.UploadAsync([2]);
        Digest requirements = await _site.UploadAsync([3]);
        await _site.PutAsync("release", release, more: $", \"relocation_map\": \"{map}\", \"requirements\": \"{requirements}\"");
        Assert.Contains("unlisted-content 0 0", await GcAsync());

        (await _site.AdminAsync("remove", "--key", "release", "--content")).AssertDone();

        foreach (Digest gone in (Digest[])[release, map, requirements])
            Assert.Equal(HttpStatusCode.NotFound, await _site.GetContentAsync(gone));
    }

    [Fact]
    public async Task Gc_DryRunAndForReal_AgreeOnWhatIsOld()
    {
        await _site.StartAsync("--evict-grace", "0s", "--unlisted-content-keep", "0s", "--dangling-entry-keep", "0s");
        Digest named = await _site.UploadAsync([1]);
        Digest unnamed = await _site.UploadAsync([2]);
        Digest pinned = await _site.UploadAsync([3, 4]);
        Digest removed = await _site.UploadAsync([5]);
        (await _site.AdminAsync("pin", "--digest", pinned.ToString())).AssertDone();
        await _site.PutAsync("named", named);
        await _site.PutAsync("expired", named, more: ", \"expiration_date\": \"2020-01-01T00:00:00\"");
        await _site.PutAsync("dangling", removed);
        (await _site.AdminAsync("remove", "--digest", removed.ToString())).AssertDone();

        string[] expected = ["expired-entries 1 0", "dangling-entries 1 0", "ended-pins 0 0", "audit-lines 0 0", "abandoned-files 0 0", "unlisted-content 1 1"];
        Assert.Equal(expected, await GcAsync("--dry-run"));
        Assert.Equal(HttpStatusCode.OK, await _site.GetContentAsync(unnamed));
        Assert.Equal(expected, await GcAsync());
        Assert.Equal(HttpStatusCode.NotFound, await _site.GetContentAsync(unnamed));
        foreach (Digest kept in (Digest[])[named, pinned])
            Assert.Equal(HttpStatusCode.OK, await _site.GetContentAsync(kept));
        Assert.All(await GcAsync(), line => Assert.EndsWith(" 0 0", line, StringComparison.Ordinal));
    }

    private async Task<string[]> GcAsync(params string[] options) =>
    [
        .. (await _site.AdminJsonAsync(["gc", .. options])).GetProperty("removed").EnumerateArray()
            .Select(one => $"{one.GetProperty("kind").GetString()} {one.GetProperty("count").GetInt64()} {one.GetProperty("bytes").GetInt64()}"),
    ];

    private Task<Digest> UploadAsync(int number)
    {
        byte[] content = new byte[BlobBytes];
        new Random(number).NextBytes(content);
        return _site.UploadAsync(content);
    }
}
