using Shacache.Client.Downloads;
using Shacache.Client.Tests.Servers;
using Shacache.Testing;

namespace Shacache.Client.Tests.Documentation;

/// <summary>Alone, since the examples name files in the current folder.</summary>
[CollectionDefinition(nameof(ExamplesTests), DisableParallelization = true)]
[Collection(nameof(ExamplesTests))]
public sealed class ExamplesTests
{
    private static readonly string Source = Path.Combine(Repository.Root, "tests", "Shacache.Client.Tests", "Documentation", "Examples.cs");

    [Fact]
    public void Guide_Examples_AreThoseThatAreCompiled()
    {
        string guide = File.ReadAllText(Path.Combine(Repository.Root, "docs", "client-library.md"));
        string source = File.ReadAllText(Source).Replace("\n        ", "\n", StringComparison.Ordinal);
        string[] names = ["options", "upload", "fetch", "download", "publish", "install", "why", "export", "import", "account"];
        Assert.All(names, name => Assert.Equal(
            Between(source, $"// begin {name}\n", $"// end {name}\n"),
            Between(guide, $"<!-- example: {name} -->\n```csharp\n", "```\n")));
        Assert.Equal(names.Length, guide.Split("```csharp").Length - 1);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task Examples_AgainstAServer_BringTheFileBack()
    {
        using var folder = new TemporaryFolder();
        string before = Environment.CurrentDirectory;
        await using var server = new ScriptedServer(new FakeCache().AnswerAsync);
        await File.WriteAllTextAsync(folder["signature.key"], TestKeys.First.PrivateKeyPem, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder["slapos.cfg"], Configuration(server.Url, folder["signature.key"]), TestContext.Current.CancellationToken);
        var options = Client.Configuration.NetworkCacheOptions.Load(folder["slapos.cfg"]);
        try
        {
            Environment.CurrentDirectory = folder.Path;
            await File.WriteAllTextAsync("a.tar.gz", "content", TestContext.Current.CancellationToken);
            await Examples.UploadAsync(options, TestContext.Current.CancellationToken);
            File.Delete("a.tar.gz");
            Assert.True(await Examples.DownloadAsync(options, TestContext.Current.CancellationToken));
            Assert.True((await Examples.ExplainAsync(options, TestContext.Current.CancellationToken)).IsHit);
            Assert.Equal("content", await File.ReadAllTextAsync("a.tar.gz", TestContext.Current.CancellationToken));

            (int exported, int present) = await Examples.CarryAsync(options, TestContext.Current.CancellationToken);
            Assert.Equal((1, 1), (exported, present));

            await using OriginServer origin = await OriginServer.StartAsync(TestContext.Current.CancellationToken);
            string url = origin.Publish("a.tar.gz", "content"u8.ToArray());
            Assert.True((await Examples.FetchAsync(options, url, TestContext.Current.CancellationToken)).Contributed);
            await origin.SwitchOffAsync();
            Assert.Equal(FetchSource.Cache, (await Examples.FetchAsync(options, url, TestContext.Current.CancellationToken)).Source);
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    private static string Configuration(string url, string keyFile) => $"""
        [networkcache]
        download-cache-url = {url}
        download-dir-url = {url}
        upload-cache-url = {url}
        upload-dir-url = {url}
        signature-private-key-file = {keyFile}
        signature-certificate-list =
          {TestKeys.First.CertificatePem.ReplaceLineEndings("\n          ")}
        """;

    private static string Between(string text, string begin, string end)
    {
        int start = text.IndexOf(begin, StringComparison.Ordinal);
        Assert.True(start >= 0, $"There is no '{begin}'.");
        start += begin.Length;
        return text[start..text.IndexOf(end, start, StringComparison.Ordinal)];
    }
}
