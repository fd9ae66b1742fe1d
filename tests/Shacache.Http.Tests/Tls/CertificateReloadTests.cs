using System.Net;
using System.Security.Cryptography;

namespace Shacache.Http.Tests.Tls;

/// <summary>The watch, as the server runs it, while clients are connected.</summary>
public sealed class CertificateReloadTests
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Watch_FilesReplacedDuringADownload_ItGoesOnAndNewConnectionsGetTheNewCertificate(string version)
    {
        await using TlsSite site = await TlsSite.StartAsync();
        using HttpClient client = site.NewClient(Version.Parse(version));
        byte[] bytes = RandomNumberGenerator.GetBytes(24 << 20);
        using HttpResponseMessage stored = await client.PostAsync(
            new Uri("/shacache", UriKind.Relative), new ByteArrayContent(bytes), TestContext.Current.CancellationToken);
        string digest = await stored.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        // Far more than the buffers on the way hold: the server is still sending when the certificate changes.
        using HttpResponseMessage download = await client.GetAsync(
            new Uri($"/shacache/{digest}", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("first", await site.FindNameAsync());

        site.Authority.WritePair("second", site["new.crt"], site["new.key"]);
        File.Move(site["new.crt"], site.CertificatePath, overwrite: true);
        File.Move(site["new.key"], site.KeyPath, overwrite: true);
        await WaitForNameAsync(site, "second");

        await using Stream body = await download.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        byte[] received = new byte[bytes.Length];
        await body.ReadExactlyAsync(received, TestContext.Current.CancellationToken);
        Assert.True(bytes.AsSpan().SequenceEqual(received));
        Assert.Equal(HttpStatusCode.OK, download.StatusCode);
        Assert.Empty(site.Server.Log.Lines);
    }

    private static async Task WaitForNameAsync(TlsSite site, string name)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (await site.FindNameAsync() != name)
            await Task.Delay(50, patience.Token);
    }
}
