using System.Text.Json;
using System.Text.RegularExpressions;
using Shacache.Testing;
using Shacache.Tests.Serving;

namespace Shacache.Cli.Running;

/// <summary>A server with accounts, set up with the commands that an operator types, and folders of machines that upload.</summary>
public partial class AccountSite : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private ServerProcess? _server;

    public string Folder => _folder.Path;

    public string Data => _folder["data"];

    /// <summary>The server over HTTPS.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The same server over plain HTTP.</summary>
    public string PlainUrl { get; private set; } = "";

    public string Authority => _folder["data", "ca", "ca.crt"];

    /// <summary>Further options of the server.</summary>
    protected virtual IReadOnlyList<string> MoreOptions => [];

    /// <summary>A certificate that clients trust to sign entries, for a slapos.cfg.</summary>
    public string SignatureCertificate { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        (await RunAsync("account", "init", "--server-name", "127.0.0.1", "--server-name", "localhost")).AssertDone();
        _server = await ServerProcess.StartAsync(
            ["serve", "--data", Data, "--listen", "https://127.0.0.1:0 http://127.0.0.1:0",
             "--tls-certificate", _folder["data", "tls", "server.crt"], "--tls-key", _folder["data", "tls", "server.key"], .. MoreOptions]);
        Url = Address("https", _server.FirstLine);
        PlainUrl = Address("http", _server.FirstLine);
        (await RunAsync("generate-signature-key", "--key-file", "signature.key", "--certificate-file", "signature.cert", "--common-name", "builder", "--bits", "2048")).AssertDone();
        SignatureCertificate = await File.ReadAllTextAsync(_folder["signature.cert"]);
    }

    /// <summary>A command in the site's folder: on the server's machine, where <c>--data</c> need not be given.</summary>
    internal Task<ProgramResult> RunAsync(params string[] arguments) => ShacacheProgram.RunAsync(Folder, arguments);

    /// <summary>A command from afar, with the server's URL and authority.</summary>
    internal Task<ProgramResult> RunAfarAsync(string folder, params string[] arguments) =>
        ShacacheProgram.RunAsync(folder, [.. arguments, "--url", Url, "--ca", Authority]);

    internal async Task<JsonElement> JsonAsync(params string[] arguments) =>
        JsonDocument.Parse((await RunAsync([.. arguments, "--json"])).AssertDone().Output).RootElement;

    /// <summary>An account: asked for, approved with some rights, fetched.</summary>
    /// <returns>The folder with its NAME.key and NAME.crt.</returns>
    internal async Task<string> AddAccountAsync(string name, params string[] rights)
    {
        string folder = Directory.CreateDirectory(_folder[$"machine-{name}"]).FullName;
        (await RunAfarAsync(folder, "account", "request", "--name", name)).AssertDone();
        (await RunAsync(["account", "approve", name, .. rights])).AssertDone();
        (await RunAfarAsync(folder, "account", "fetch", "--name", name)).AssertDone();
        return folder;
    }

    /// <summary>The slapos.cfg of a machine that uploads with some credential, and trusts what the site's signature key signs.</summary>
    internal string WriteConfig(string folder, string credentials, string? url = null)
    {
        string path = Path.Combine(folder, $"slapos-{Guid.NewGuid():N}.cfg");
        File.WriteAllText(path, $"""
            [networkcache]
            download-cache-url = {url ?? Url}/shacache
            download-dir-url = {url ?? Url}/shadir
            upload-cache-url = {url ?? Url}/shacache
            upload-dir-url = {url ?? Url}/shadir
            shacache-ca-file = {Authority}
            shadir-ca-file = {Authority}
            {credentials}
            signature-private-key-file = {_folder["signature.key"]}
            signature-certificate-list =
              {SignatureCertificate.ReplaceLineEndings("\n  ")}
            """);
        return path;
    }

    /// <summary>The lines of a slapos.cfg that name a certificate for both surfaces.</summary>
    internal static string Certificate(string folder, string name) => string.Join(
        '\n', new[] { "shacache", "shadir" }.Select(surface => $"{surface}-cert-file = {folder}/{name}.crt\n{surface}-key-file = {folder}/{name}.key"));

    /// <summary>Uploads fresh content, and lists it under a key.</summary>
    internal static Task<ProgramResult> UploadAsync(string config, string key)
    {
        string folder = Path.GetDirectoryName(config)!;
        string file = Path.Combine(folder, $"content-{Guid.NewGuid():N}");
        File.WriteAllBytes(file, Content.Random(10_000));
        return ShacacheProgram.RunAsync(folder, "upload", "-c", config, "-f", file, "-k", key);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _server?.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Address(string scheme, string line) =>
        Addresses().Matches(line).First(match => match.Value.StartsWith($"{scheme}:", StringComparison.Ordinal)).Value;

    [GeneratedRegex(@"https?://[^ ;]+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Addresses();
}
