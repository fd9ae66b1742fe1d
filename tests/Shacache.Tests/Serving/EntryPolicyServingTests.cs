using System.Net;
using System.Text.Json;
using Shacache.Core.Blobs;
using Shacache.Core.Signing;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>That the settings about entries reach the server.</summary>
public sealed class EntryPolicyServingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Serve_EverySettingAboutEntries_IsInForce()
    {
        using var key = SigningKey.Generate(2048);
        await File.WriteAllTextAsync(_folder["certificates"], SignatureCertificate.CreatePem(key, "builder", DateTimeOffset.UtcNow), Token);
        using ServerProcess server = await ServerProcess.StartAsync(
            "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0", "--require-signature", _folder["certificates"],
            "--protected-certificates", _folder["certificates"], "--require-key-binding", "--require-blob", "--max-entries-per-key", "1");
        using var client = new HttpClient { BaseAddress = server.Url };
        string bare = $"{{\"sha512\": \"{Digest.Compute("a"u8)}\"}}";
        string bound = $"{{\"sha512\": \"{Digest.Compute("a"u8)}\", \"key\": \"k\"}}";

        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(bound, ""));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync(bare, key.Sign(bare)));
        Assert.Equal(HttpStatusCode.Conflict, await PutAsync(bound, key.Sign(bound)));
        using var content = new StringContent("a");
        (await client.PostAsync(new Uri("/shacache", UriKind.Relative), content, Token)).EnsureSuccessStatusCode();
        Assert.Equal(HttpStatusCode.Created, await PutAsync(bound, key.Sign(bound)));
        Assert.Equal(HttpStatusCode.Created, await PutAsync(bound + " ", key.Sign(bound + " ")));
        string listing = await client.GetStringAsync(new Uri("/shadir/k", UriKind.Relative), Token);
        Assert.Equal([[bound + " ", key.Sign(bound + " ")]], JsonSerializer.Deserialize<string[][]>(listing));

        async Task<HttpStatusCode> PutAsync(string information, string signature)
        {
            using var body = new StringContent(JsonSerializer.Serialize<string[]>([information, signature]));
            using HttpResponseMessage answer = await client.PutAsync(new Uri("/shadir/k", UriKind.Relative), body, Token);
            return answer.StatusCode;
        }
    }

    [Theory]
    [InlineData("require-signature", "nothing", "holds no PEM certificate.")]
    [InlineData("require-signature", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "Certificate 1 of the list is skipped")]
    [InlineData("protected-certificates", null, "cannot be read")]
    public async Task Serve_CertificateFileThatCannotBeUsed_Exits78WithOneLine(string setting, string? text, string expected)
    {
        if (text is not null)
            await File.WriteAllTextAsync(_folder["certificates"], text, Token);
        (int exitCode, string error) = await ServerProcess.RunAsync(
            "serve", "--data", _folder["data"], "--listen", "http://127.0.0.1:0", $"--{setting}", _folder["certificates"]);
        Assert.Equal(78, exitCode);
        string line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"{setting}: {_folder["certificates"]}", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }
}
