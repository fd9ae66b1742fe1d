using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Tests.Commands.Bundles;

/// <summary>Export and import with real servers, which are processes of their own.</summary>
public sealed class BundleCommandTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ExportImport_ThreeHundredEntriesOneByteChanged_AllButThatOneAreThere()
    {
        using BundleSite site = await BundleSite.StartAsync();
        var random = new Random(7);
        byte[] marked = [.. "the content in which a byte changes"u8, .. Bytes(random, 100_000)];
        for (int i = 0; i < 299; i++)
            await site.FillAsync("source", i % 3 == 0 ? $"file-urlmd5:{i:x32}" : $"é key {i / 2} %2F", Bytes(random, i % 50 == 1 ? 3_000_000 : random.Next(250_000)), new JsonObject { ["n"] = i, ["é"] = "é\u2028" });
        Digest damaged = await site.FillAsync("source", "damaged:one", marked);

        ProgramResult export = (await site.ExportAsync()).AssertDone();
        Assert.Matches($"^site.bundle: 300 entries under {site.Keys.Count} keys, 300 contents with [0-9]+\\.[0-9] MiB, signed by CN=[^ ]+\\.\n$", export.Text);
        site.ChangeByte("the content in which a byte changes"u8, behindBytes: 50_000);
        ProgramResult check = await site.ImportAsync("--check");
        ProgramResult import = await site.ImportAsync();

        Assert.Equal((1, 1), (check.ExitCode, import.ExitCode));
        Assert.Matches($"^shacache: refused damaged:one \\(content {damaged}\\): the content is damaged: its 100035 bytes at [0-9]+ have the SHA-512 [0-9a-f]+\n$", import.Error);
        Assert.Equal(import.Error, check.Error);
        Assert.Matches("299 entries added, 0 were there; 299 contents with [0-9.]+ MiB uploaded, 0 were there; 1 refused; 299 not trusted by this configuration.\n$", import.Text);
        foreach (string key in site.Keys)
            Assert.Equal(key == "damaged:one" ? "" : await site.ListAsync("source", key), await site.ListAsync("target", key));
        foreach (JsonElement pair in await AllPairsAsync(site))
        {
            Digest digest = Digest.Parse(JsonDocument.Parse(pair[0].GetString()!).RootElement.GetProperty("sha512").GetString()!);
            Assert.Equal(digest, await site.ContentOfAsync("target", digest));
        }

        Assert.Null(await site.ContentOfAsync("target", damaged));
    }

    [Fact]
    public async Task Import_KilledAndServerKilled_SecondRunSendsOnlyWhatIsMissing()
    {
        const int Count = 400;
        using BundleSite site = await BundleSite.StartAsync();
        var random = new Random(8);
        for (int i = 0; i < Count; i++)
            await site.FillAsync("source", $"k{i / 2}", Bytes(random, 200_000), new JsonObject { ["n"] = i });
        (await site.ExportAsync()).AssertDone();
        string listen = site.UrlOf("target").ToString().TrimEnd('/');

        // In the midst of its contents, which are 80 MB: some are there, and not all.
        await using (var proxy = new HoldingProxy(site.UrlOf("target"), upBytes: 8_000_000))
        using (Process first = Process.Start(ShacacheProgram.StartInfo(
            site["."],
            ShacacheProgram.Path,
            [
                "bundle", "import", "-c", "slapos.cfg", "--jobs", "1", "--cache-url", $"{proxy.Url}/shacache", "--dir-url", $"{site.UrlOf("target")}shadir",
                "site.bundle",
            ]))!)
        {
            await proxy.WaitUntilHeldAsync();
            await site.KillServerAsync("target");
            first.Kill();
            await first.WaitForExitAsync(Token);
        }

        await site.StartServerAsync("target", listen);
        JsonElement second = await site.ImportJsonAsync(0);
        JsonElement third = await site.ImportJsonAsync(0);

        Assert.InRange(second.GetProperty("present_contents").GetInt32(), 30, 40);
        Assert.Equal(Count, second.GetProperty("present_contents").GetInt32() + second.GetProperty("uploaded_contents").GetInt32());
        Assert.Equal((0, Count), (third.GetProperty("uploaded_contents").GetInt32(), third.GetProperty("present_entries").GetInt32()));
        foreach (string key in site.Keys)
            Assert.Equal(await site.ListAsync("source", key), await site.ListAsync("target", key));
    }

    [Fact]
    public async Task Import_KeyWithOtherEntries_TheyStayBehindTheImportedOnes()
    {
        using BundleSite site = await BundleSite.StartAsync();
        await site.FillAsync("target", "shared", [1], new JsonObject { ["who"] = "target" });
        await site.FillAsync("source", "shared", [2], new JsonObject { ["who"] = "older" });
        await site.FillAsync("source", "shared", [3], new JsonObject { ["who"] = "newer" });
        (await site.ExportAsync()).AssertDone();

        JsonElement import = await site.ImportJsonAsync(0);

        Assert.Equal((2, 1, 0), (import.GetProperty("added_entries").GetInt32(), import.GetProperty("shared_keys").GetInt32(), import.GetProperty("dropped_entries").GetInt32()));
        Assert.Equal(["newer", "older", "target"], Whos(await site.ListAsync("target", "shared")));
    }

    [Fact]
    public async Task Import_ServerThatLimitsEntries_SaysWhatItDropped()
    {
        using BundleSite site = await BundleSite.StartAsync("--max-entries-per-key", "2");
        await site.FillAsync("target", "shared", [1], new JsonObject { ["who"] = "target" });
        await site.FillAsync("source", "shared", [2], new JsonObject { ["who"] = "older" });
        await site.FillAsync("source", "shared", [3], new JsonObject { ["who"] = "newer" });
        (await site.ExportAsync()).AssertDone();

        ProgramResult import = await site.ImportAsync();

        Assert.Equal(1, import.ExitCode);
        Assert.Contains("warning: shared: the server no longer lists 1 of 3 entries", import.Error, StringComparison.Ordinal);
        Assert.Contains("1 dropped by the server", import.Text, StringComparison.Ordinal);
        Assert.Equal(["newer", "older"], Whos(await site.ListAsync("target", "shared")));
    }

    [Fact]
    public async Task Import_ServerWithUpstreamThatHasAll_ItGetsItsOwnCopies()
    {
        using BundleSite site = await BundleSite.StartAsync();
        Digest digest = await site.FillAsync("source", "key", [1, 2, 3]);
        (await site.ExportAsync()).AssertDone();
        await site.StartServerAsync("near", $"http://{OwnLoopback.NewAddress()}:0", "--upstream", $"{site.UrlOf("source")}shacache", $"{site.UrlOf("source")}shadir");
        string listing = await site.ListAsync("near", "key");
        Assert.NotEqual("", listing);

        await site.ImportJsonAsync(0, "--cache-url", $"{site.UrlOf("near")}shacache", "--dir-url", $"{site.UrlOf("near")}shadir");

        string listen = site.UrlOf("near").ToString().TrimEnd('/');
        await site.KillServerAsync("near");
        await site.KillServerAsync("source");
        await site.StartServerAsync("near", listen);
        Assert.Equal(listing, await site.ListAsync("near", "key"));
        Assert.Equal(digest, await site.ContentOfAsync("near", digest));
    }

    [Fact]
    public async Task Export_EntriesWithoutContentAndUnknownKeys_AreNamedAndTheRestIsWritten()
    {
        using BundleSite site = await BundleSite.StartAsync();
        await site.FillAsync("source", "good", [1]);
        await site.FillAsync("source", "bad", [2]);
        Digest missing = Digest.Compute([9]);
        await site.PutAsync("source", "bad", new JsonObject { ["sha512"] = missing.ToString() });
        await File.WriteAllTextAsync(site["more"], "good\nbad\ngood\n\nunknown\n", Token);

        ProgramResult export = await ShacacheProgram.RunBashAsync(site["."], "$SHACACHE bundle export -c slapos.cfg --keys - site.bundle < more");

        Assert.Equal(1, export.ExitCode);
        string[] lines = [.. export.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
        Assert.Equal(2, lines.Length);
        Assert.StartsWith($"shacache: refused bad (content {missing}): No server of download-cache-url has the content", lines[0], StringComparison.Ordinal);
        Assert.Equal("shacache: refused unknown: nothing is listed under the key", lines[1]);
        Assert.Contains("2 entries under 2 keys, 2 contents with 2 bytes", export.Text, StringComparison.Ordinal);
        Assert.Equal(2, (await site.ImportJsonAsync(0)).GetProperty("added_entries").GetInt32());
    }

    [Fact]
    public async Task Export_PrefixAndSince_TakesTheKeysThatTheServerLists()
    {
        using BundleSite site = await BundleSite.StartAsync();
        foreach (string key in (string[])["pypi:a=1", "pypi:é=2", "other"])
            await site.FillAsync("source", key, [1]);

        ProgramResult prefix = await ShacacheProgram.RunAsync(site["."], "bundle", "export", "-c", "slapos.cfg", "--prefix", "pypi:", "--since", "2020-01-31", "site.bundle");
        ProgramResult later = await ShacacheProgram.RunAsync(site["."], "bundle", "export", "-c", "slapos.cfg", "--since", "2999-01-31T12:00:00Z", "later.bundle");

        Assert.Contains("2 entries under 2 keys, 1 content with 1 byte", prefix.AssertDone().Text, StringComparison.Ordinal);
        Assert.Contains("0 entries under 0 keys", later.AssertDone().Text, StringComparison.Ordinal);
        Assert.Equal(2, (await site.ImportJsonAsync(0)).GetProperty("added_entries").GetInt32());
        Assert.Equal("", await site.ListAsync("target", "other"));
        Assert.NotEqual("", await site.ListAsync("target", "pypi:é=2"));
    }

    [Fact]
    public async Task Bundle_ReadByTarAndOpenssl_IsWhatTheDocumentSays()
    {
        ExternalPrograms.Require("tar");
        ExternalPrograms.Require("openssl");
        using BundleSite site = await BundleSite.StartAsync();
        Digest digest = await site.FillAsync("source", "key", [1, 2, 3]);
        (await site.ExportAsync()).AssertDone();

        string[] names = (await ShacacheProgram.RunBashAsync(site["."], "tar tf site.bundle")).AssertDone().Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        ProgramResult verified = await ShacacheProgram.RunBashAsync(site["."], """
            set -e
            tar xOf site.bundle index > index
            tar xOf site.bundle shacache-bundle | sed -n 's/^signature //p' | base64 -d > index.signature
            openssl x509 -in signature.cert -pubkey -noout > signer.pub
            openssl dgst -sha512 -verify signer.pub -signature index.signature index
            """);

        Assert.Equal(["shacache-bundle", $"contents/{digest}", "entries/00000001.json", "index", "gap", "index.copy", "shacache-bundle.end"], names);
        Assert.Equal("Verified OK\n", verified.AssertDone().Text);
        Assert.Equal(await File.ReadAllBytesAsync(site["index"], Token), await ExtractAsync(site, "index.copy"));
        Assert.Equal([1, 2, 3], await ExtractAsync(site, $"contents/{digest}"));
    }

    [Fact]
    public async Task Import_SignerNotTrusted_NothingIsSentUnlessAllowed()
    {
        using BundleSite site = await BundleSite.StartAsync();
        await site.FillAsync("source", "key", [1]);
        Assert.StartsWith("site.bundle: 1 entry under 1 key, 1 content with 1 byte, ", (await site.ExportAsync()).AssertDone().Text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(site["slapos.cfg"], site.Configuration(""), Token);

        ProgramResult refused = await site.ImportAsync();

        Assert.Equal((1, ""), (refused.ExitCode, refused.Text));
        Assert.StartsWith("shacache: site.bundle is signed by a key that none of the 0 readable certificates", refused.Error, StringComparison.Ordinal);
        Assert.Equal("", await site.ListAsync("target", "key"));
        ProgramResult allowed = await site.ImportAsync("--allow-untrusted");
        Assert.StartsWith("site.bundle: 1 entry added, 0 were there; 1 content with 1 byte uploaded, 0 were there", allowed.Text, StringComparison.Ordinal);
        Assert.Equal((0, "shacache: warning: site.bundle: no trusted key signed it; what it says of itself is not proven.\n"), (allowed.ExitCode, allowed.Error));
        Assert.NotEqual("", await site.ListAsync("target", "key"));
    }

    [Fact]
    public async Task Commands_UsedWrongly_SayWhatToDo()
    {
        using BundleSite site = await BundleSite.StartAsync();
        await site.FillAsync("source", "key", [1]);
        await File.WriteAllTextAsync(site["bad"], "good\n../x\n", Token);
        (await site.ExportAsync()).AssertDone();

        ProgramResult exists = await site.ExportAsync();
        Assert.Equal((1, "shacache: site.bundle exists and is not replaced: give another name, or move it away first.\n"), (exists.ExitCode, exists.Error));
        ProgramResult key = await ShacacheProgram.RunAsync(site["."], "bundle", "export", "-c", "slapos.cfg", "--keys", "bad", "new.bundle");
        Assert.Equal((2, "shacache: bad, line 2: The key holds a slash."), (key.ExitCode, key.Error.Split('\n')[0]));
        Assert.Equal(2, (await ShacacheProgram.RunAsync(site["."], "bundle", "export", "-c", "slapos.cfg", "new.bundle")).ExitCode);
        Assert.Equal(2, (await site.ImportAsync("--cache-url", "http://127.0.0.1:1")).ExitCode);
        Assert.Equal(2, (await site.ImportAsync("--jobs", "0")).ExitCode);
        ProgramResult none = await ShacacheProgram.RunAsync(site["."], "bundle", "import", "-c", "slapos.cfg", "slapos.cfg");
        Assert.Equal(1, none.ExitCode);
        Assert.StartsWith("shacache: slapos.cfg is not a bundle, or both of its seals are damaged", none.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(site["new.bundle"]));
    }

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static async Task<byte[]> ExtractAsync(BundleSite site, string member) =>
        (await ShacacheProgram.RunBashAsync(site["."], $"tar xOf site.bundle {member}")).AssertDone().Output;

    private static async Task<List<JsonElement>> AllPairsAsync(BundleSite site)
    {
        List<JsonElement> pairs = [];
        foreach (string key in site.Keys.Where(key => key != "damaged:one"))
            pairs.AddRange(JsonDocument.Parse(await site.ListAsync("target", key)).RootElement.EnumerateArray());
        return pairs;
    }

    private static IEnumerable<string> Whos(string listing) =>
        JsonDocument.Parse(listing).RootElement.EnumerateArray()
            .Select(pair => JsonDocument.Parse(pair[0].GetString()!).RootElement.GetProperty("who").GetString()!);
}
