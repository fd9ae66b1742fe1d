using System.Diagnostics;
using System.Text.RegularExpressions;
using Shacache.Testing;

namespace Shacache.Cli.Running;

/// <summary>A server, started as its users start it, and a machine that uploads to it and trusts itself.</summary>
public sealed partial class CacheSite : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private Process? _server;

    public string Folder => _folder.Path;

    public string BaseUrl { get; private set; } = "";

    /// <summary>The slapos.cfg of the machine that uploads.</summary>
    public string Config => _folder["slapos.cfg"];

    public string Certificate { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _server = Process.Start(ShacacheProgram.StartInfo(Folder, ShacacheProgram.Path, ["serve", "--data", "data", "--listen", "http://127.0.0.1:0"]))!;
        BaseUrl = await FindAddressAsync(_server).WaitAsync(TimeSpan.FromSeconds(60));
        (await ShacacheProgram.RunAsync(
            Folder, "generate-signature-key", "--key-file", "signature.key", "--certificate-file", "signature.cert", "--common-name", "builder",
            "--bits", "2048")).AssertDone();
        Certificate = await File.ReadAllTextAsync(_folder["signature.cert"]);
        WriteConfig("slapos.cfg", Certificate);
    }

    /// <summary>Writes a slapos.cfg that signs with this machine's key and trusts a list.</summary>
    public string WriteConfig(string name, string certificates, string more = "")
    {
        string path = _folder[name];
        File.WriteAllText(path, $"""
            [networkcache]
            download-cache-url = {BaseUrl}/shacache
            download-dir-url = {BaseUrl}/shadir
            upload-cache-url = {BaseUrl}/shacache
            upload-dir-url = {BaseUrl}/shadir
            download-binary-cache-url = {BaseUrl}/shacache
            download-binary-dir-url = {BaseUrl}/shadir
            upload-binary-cache-url = {BaseUrl}/shacache
            upload-binary-dir-url = {BaseUrl}/shadir
            signature-private-key-file = {_folder["signature.key"]}
            signature-certificate-list =
              {certificates.ReplaceLineEndings("\n  ")}
            {more}
            """);
        return path;
    }

    /// <summary>Where the server keeps a content.</summary>
    public string StoredFile(string digest) => _folder["data", "blobs", digest[..2], digest];

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            _server.Kill();
            await _server.WaitForExitAsync();
            _server.Dispose();
        }

        _folder.Dispose();
    }

    private static async Task<string> FindAddressAsync(Process server)
    {
        var found = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        string said = "";
        DataReceivedEventHandler read = (_, line) =>
        {
            said += line.Data + "\n";
            if (line.Data is { } text && Address().Match(text) is { Success: true } address)
                found.TrySetResult(address.Groups["url"].Value);
        };
        server.OutputDataReceived += read;
        server.ErrorDataReceived += read;
        server.Exited += (_, _) => found.TrySetException(new InvalidOperationException($"The server ended: {said}"));
        server.EnableRaisingEvents = true;
        server.BeginOutputReadLine();
        server.BeginErrorReadLine();
        return await found.Task;
    }

    [GeneratedRegex(@"Listening on (?<url>http://127\.0\.0\.1:[0-9]+)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address();
}
