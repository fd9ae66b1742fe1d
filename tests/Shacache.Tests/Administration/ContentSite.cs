using System.Net;
using System.Text;
using System.Text.Json;
using Shacache.Cli.Running;
using Shacache.Core.Blobs;
using Shacache.Testing;
using Shacache.Tests.Serving;

namespace Shacache.Cli.Administration;

/// <summary>A data folder with the built server on it, and what operators and clients do there.</summary>
internal sealed class ContentSite : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http = new();

    public string Data => _folder["data"];

    public string Folder => _folder.Path;

    public ServerProcess? Server { get; private set; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async Task StartAsync(params string[] more) =>
        Server = await ServerProcess.StartAsync(["serve", "--listen", "http://127.0.0.1:0", "--data", Data, .. more]);

    public async Task StopAsync()
    {
        await Server!.TerminateAsync();
        Assert.Equal(0, await Server.WaitForExitAsync());
        Server.Dispose();
        Server = null;
    }

    /// <summary>Runs <c>shacache admin</c> on the folder.</summary>
    public Task<ProgramResult> AdminAsync(params string[] arguments) => ShacacheProgram.RunAsync(_folder.Path, ["admin", .. arguments, "--data", "data"]);

    /// <summary>The same, with its answer as JSON.</summary>
    public async Task<JsonElement> AdminJsonAsync(params string[] arguments) =>
        JsonDocument.Parse((await AdminAsync([.. arguments, "--json"])).AssertDone().Text).RootElement;

    public Uri At(string path) => new(Server!.Url, path);

    /// <summary>Uploads content, which must be taken.</summary>
    public async Task<Digest> UploadAsync(byte[] content)
    {
        (HttpStatusCode status, string text) = await TryUploadAsync(content);
        Assert.True(status == HttpStatusCode.Created, $"{status}: {text}");
        return Digest.Compute(content);
    }

    public async Task<(HttpStatusCode Status, string Text)> TryUploadAsync(byte[] content)
    {
        using var body = new ByteArrayContent(content);
        using HttpResponseMessage answer = await _http.PostAsync(At("/shacache"), body, Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    /// <summary>Puts an entry without a signature.</summary>
    public async Task<HttpStatusCode> PutAsync(string key, Digest digest, string signature = "", string more = "")
    {
        string information = $$"""{"sha512": "{{digest}}"{{more}}}""";
        string pair = $"[{JsonSerializer.Serialize(information)}, {JsonSerializer.Serialize(signature)}]";
        using var body = new StringContent(pair, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await _http.PutAsync(At($"/shadir/{Uri.EscapeDataString(key)}"), body, Token);
        return answer.StatusCode;
    }

    public async Task<HttpStatusCode> GetAsync(string path)
    {
        using HttpResponseMessage answer = await _http.GetAsync(At(path), HttpCompletionOption.ResponseContentRead, Token);
        return answer.StatusCode;
    }

    public Task<HttpStatusCode> GetContentAsync(Digest digest) => GetAsync($"/shacache/{digest}");

    public Task<HttpStatusCode> ListAsync(string key) => GetAsync($"/shadir/{Uri.EscapeDataString(key)}");

    public Task<string> ReadAsync(string path) => _http.GetStringAsync(At(path), Token);

    public async Task<string> PostAsync(string path)
    {
        using HttpResponseMessage answer = await _http.PostAsync(At(path), content: null, Token);
        return await answer.Content.ReadAsStringAsync(Token);
    }

    public void Dispose()
    {
        Server?.Dispose();
        _http.Dispose();
        _folder.Dispose();
    }
}
