using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Tests.Serving;

namespace Shacache.Tests.Commands.Bundles;

/// <summary>A server with entries, one without, and a machine that carries between them.</summary>
internal sealed class BundleSite : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();
    private readonly Dictionary<string, ServerProcess> _servers = [];
    private readonly List<string> _keys = [];

    public string this[string name] => _folder[name];

    /// <summary>The keys that were filled in.</summary>
    public IReadOnlyList<string> Keys => _keys;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts servers <c>source</c> and <c>target</c>, and writes <c>slapos.cfg</c> for a machine that signs.</summary>
    public static async Task<BundleSite> StartAsync(params string[] targetOptions)
    {
        var site = new BundleSite();
        await site.StartServerAsync("source", $"http://{OwnLoopback.NewAddress()}:0", "--key-listing", "anyone");
        await site.StartServerAsync("target", $"http://{OwnLoopback.NewAddress()}:0", targetOptions);
        (await ShacacheProgram.RunAsync(
            site._folder.Path, "generate-signature-key", "--key-file", "signature.key", "--certificate-file", "signature.cert", "--bits", "2048")).AssertDone();
        await File.WriteAllTextAsync(site["slapos.cfg"], site.Configuration(await File.ReadAllTextAsync(site["signature.cert"], Token)), Token);
        return site;
    }

    public Uri UrlOf(string server) => _servers[server].Url;

    public string Configuration(string certificates) => $"""
        [networkcache]
        download-cache-url = {UrlOf("source")}shacache
        download-dir-url = {UrlOf("source")}shadir
        upload-cache-url = {UrlOf("target")}shacache
        upload-dir-url = {UrlOf("target")}shadir
        signature-private-key-file = {_folder["signature.key"]}
        signature-certificate-list =
          {certificates.ReplaceLineEndings("\n  ")}
        """;

    public async Task StartServerAsync(string name, string listen, params string[] options) =>
        _servers[name] = await ServerProcess.StartAsync(["serve", "--data", _folder[name], "--listen", listen, .. options]);

    /// <summary>Ends a server as a loss of power would. It may be started again.</summary>
    public async Task KillServerAsync(string name)
    {
        _servers.Remove(name, out ServerProcess? server);
        await server!.SignalAsync("KILL");
        await server.WaitForExitAsync();
        server.Dispose();
    }

    /// <summary>Fills a server with an entry and its content; the key is noted.</summary>
    public async Task<Digest> FillAsync(string server, string key, byte[] content, JsonObject? more = null)
    {
        using HttpResponseMessage stored = await _http.PostAsync(new Uri(UrlOf(server), "/shacache"), new ByteArrayContent(content), Token);
        stored.EnsureSuccessStatusCode();
        var digest = Digest.Compute(content);
        JsonObject information = more ?? [];
        information.Insert(0, "sha512", digest.ToString());
        await PutAsync(server, key, information);
        if (!_keys.Contains(key))
            _keys.Add(key);
        return digest;
    }

    public async Task PutAsync(string server, string key, JsonObject information)
    {
        using HttpResponseMessage put = await _http.PutAsJsonAsync(
            new Uri(UrlOf(server), $"/shadir/{Uri.EscapeDataString(key)}"), (string[])[information.ToJsonString(), ""], Token);
        put.EnsureSuccessStatusCode();
    }

    /// <summary>What a server lists, byte for byte; empty when it is nothing.</summary>
    public async Task<string> ListAsync(string server, string key)
    {
        using HttpResponseMessage answer = await _http.GetAsync(new Uri(UrlOf(server), $"/shadir/{Uri.EscapeDataString(key)}"), Token);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(Token) : "";
    }

    public async Task<Digest?> ContentOfAsync(string server, Digest digest)
    {
        using HttpResponseMessage answer = await _http.GetAsync(new Uri(UrlOf(server), $"/shacache/{digest}"), Token);
        return answer.IsSuccessStatusCode ? Digest.Compute(await answer.Content.ReadAsByteArrayAsync(Token)) : null;
    }

    public async Task<ProgramResult> ExportAsync(params string[] more)
    {
        await File.WriteAllLinesAsync(_folder["keys"], _keys, Token);
        return await ShacacheProgram.RunAsync(_folder.Path, ["bundle", "export", "-c", "slapos.cfg", "--keys", "keys", "site.bundle", .. more]);
    }

    public Task<ProgramResult> ImportAsync(params string[] more) =>
        ShacacheProgram.RunAsync(_folder.Path, ["bundle", "import", "-c", "slapos.cfg", "site.bundle", .. more]);

    public async Task<JsonElement> ImportJsonAsync(int exitCode, params string[] more)
    {
        ProgramResult result = await ImportAsync(["--json", .. more]);
        Assert.Equal((exitCode, ""), (result.ExitCode, exitCode == 0 ? result.Error : ""));
        return JsonDocument.Parse(result.Text).RootElement;
    }

    /// <summary>Changes one byte of the bundle: the first after an offset at which a text begins.</summary>
    public void ChangeByte(ReadOnlySpan<byte> text, int behindBytes = 0)
    {
        byte[] bytes = File.ReadAllBytes(_folder["site.bundle"]);
        int found = bytes.AsSpan().IndexOf(text);
        Assert.True(found >= 0);
        bytes[found + behindBytes] ^= 1;
        File.WriteAllBytes(_folder["site.bundle"], bytes);
    }

    public void Dispose()
    {
        foreach (ServerProcess server in _servers.Values)
            server.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }
}
