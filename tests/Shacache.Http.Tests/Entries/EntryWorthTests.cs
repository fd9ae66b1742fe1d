using System.Net;
using System.Text;
using System.Text.Json;
using Shacache.Core.Blobs;
using Shacache.Core.Savings;
using Shacache.Core.Signing;
using Shacache.Http.Entries;

namespace Shacache.Http.Tests.Entries;

/// <summary>Whose word counts about the time that content took to build or to come.</summary>
public sealed class EntryWorthTests : IDisposable
{
    private static readonly Digest Content = Digest.Compute("content"u8);
    private static readonly string Information = $$"""{"sha512": "{{Content}}", "build_seconds": 5700, "fetch_seconds": 7}""";

    private readonly SigningKey _builder = SigningKey.Generate(2048);
    private readonly SigningKey _stranger = SigningKey.Generate(2048);
    private readonly TrustedKeys _listed;

    public EntryWorthTests() => _listed = TrustedKeys.Parse(SignatureCertificate.CreatePem(_builder, "builder", DateTimeOffset.UtcNow));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listed.Dispose();
        _builder.Dispose();
        _stranger.Dispose();
    }

    [Theory]
    [InlineData("none", 0)]
    [InlineData("stranger", 0)]
    [InlineData("builder", 5700)]
    public async Task Put_BuildSeconds_CountWhenAListedCertificateSigned(string signer, int buildSeconds)
    {
        string signature = signer switch
        {
            "none" => "",
            "stranger" => _stranger.Sign(Information),
            _ => _builder.Sign(Information),
        };
        await using TestServer server = await TestServer.StartAsync(new CacheServerOptions { Entries = new EntryPolicyOptions { ProtectedSigners = _listed } });
        using var body = new StringContent(JsonSerializer.Serialize(new[] { Information, signature }), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await server.Client.PutAsync("/shadir/pypi:x", body, Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);

        await using (var notes = new BlobNotes(server.Database.BlobIndex, TimeProvider.System))
        {
            notes.NoteStored(Content, 10);
            notes.NoteSent(Content, 10, BlobSent.Of(10, 10));
            await notes.FlushAsync(Token);
        }

        Saving saved = Assert.Single(await server.Database.Savings.ReadAsync(SavingsBy.Prefix, DateOnly.MinValue, Token));
        Assert.Equal(new Saving(null, null, "pypi:", 10, TimeSpan.FromSeconds(buildSeconds), TimeSpan.FromSeconds(buildSeconds > 0 ? 7 : 0)), saved);
    }
}
