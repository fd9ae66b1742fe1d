using Shacache.Cli.Running;
using Shacache.Tests.Serving;
using Shacache.Testing;

namespace Shacache.Tests.Remotes;

/// <summary>Carries what a lock file names from one server to another one, whose origin is off.</summary>
internal static class Carriage
{
    private const string Bundle = "site.bundle";

    /// <summary>Starts a server that signs what it lists, and makes its key.</summary>
    public static async Task<ServerProcess> ServeAsync(TemporaryFolder folder, string type, string url)
    {
        (await ShacacheProgram.RunAsync(
            folder.Path, "generate-signature-key", "--key-file", "signature.key", "--certificate-file", "signature.cert", "--common-name", "cache", "--bits", "2048")).AssertDone();
        return await StartAsync(folder, "first", type, url, "gateway-signing-key");
    }

    /// <summary>Writes the bundle.</summary>
    public static async Task ExportAsync(TemporaryFolder folder, ServerProcess server, string lockFile)
    {
        WriteConfiguration(folder, server);
        (await ShacacheProgram.RunAsync(folder.Path, "bundle", "export", "-c", "slapos.cfg", "--lock", lockFile, "--data", folder["first"], Bundle)).AssertDone();
    }

    /// <summary>Starts the other server, and gives it the bundle.</summary>
    public static async Task<ServerProcess> ImportAsync(TemporaryFolder folder, string type, string url)
    {
        ServerProcess server = await StartAsync(folder, "second", type, url, "gateway-certificates");
        WriteConfiguration(folder, server);
        (await ShacacheProgram.RunAsync(folder.Path, "bundle", "import", "-c", "slapos.cfg", Bundle)).AssertDone();
        return server;
    }

    private static Task<ServerProcess> StartAsync(TemporaryFolder folder, string data, string type, string url, string trust)
    {
        string file = folder[trust == "gateway-signing-key" ? "signature.key" : "signature.cert"];
        File.WriteAllText(folder[$"{data}.ini"], $"gateway-allow-private = true\n{trust} = {file}\n\n[remote {type}]\ntype = {type}\nurl = {url}\nindex-ttl = 0\n");
        return ServerProcess.StartAsync("serve", "--config", folder[$"{data}.ini"], "--data", folder[data], "--listen", "http://127.0.0.1:0");
    }

    private static void WriteConfiguration(TemporaryFolder folder, ServerProcess server)
    {
        string url = server.Url.GetLeftPart(UriPartial.Authority);
        File.WriteAllText(folder["slapos.cfg"], $"""
            [networkcache]
            download-cache-url = {url}/shacache
            download-dir-url = {url}/shadir
            upload-cache-url = {url}/shacache
            upload-dir-url = {url}/shadir
            signature-private-key-file = {folder["signature.key"]}
            signature-certificate-list =
              {File.ReadAllText(folder["signature.cert"]).ReplaceLineEndings("\n  ")}
            """);
    }
}
