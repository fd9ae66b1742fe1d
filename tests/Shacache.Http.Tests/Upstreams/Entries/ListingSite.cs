using System.Buffers;
using System.Text;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Upstreams;
using Shacache.Testing.Entries;
using Shacache.Testing.Upstreams;

namespace Shacache.Http.Tests.Upstreams.Entries;

/// <summary>Entries, and upstreams that list them.</summary>
internal static class ListingSite
{
    public const string KeyPath = "/shadir/key";

    public static readonly EntryKey Key = EntryKey.Create("key");

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static SignedEntry Entry(int number, string more = "") =>
        EntryGenerators.Entry($$"""{"sha512":   "{{Digest.Compute([(byte)number])}}", "n": {{number}}, "x": "\u00e9 é"{{more}}}""", number % 2 == 0 ? "" : "AAEC\nAw==");

    public static string Listing(params SignedEntry[] entries)
    {
        var body = new ArrayBufferWriter<byte>();
        EntryDocument.WriteListing(body, entries);
        return Encoding.UTF8.GetString(body.WrittenSpan);
    }

    public static async Task AnswerAsync(this ScriptedExchange exchange, string json, string headers = "")
    {
        byte[] body = Encoding.UTF8.GetBytes(json);
        await exchange.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n{headers}\r\n");
        await exchange.SendAsync(body);
    }

    public static Task AnswerAsync(this ScriptedExchange exchange, params SignedEntry[] entries) => exchange.AnswerAsync(Listing(entries));

    public static Task<TestServer> StartAsync(TimeSpan? ttl, params UpstreamOptions[] upstreams) => ProximitySite.StartAsync(new ProximityOptions
    {
        Upstreams = upstreams,
        HedgeDelay = Patience,
        DirectoryTtl = ttl ?? TimeSpan.FromMinutes(1),
        NegativeTtl = TimeSpan.FromMinutes(10),
    });

    public static Task<TestServer> StartAsync(params ScriptedUpstream[] upstreams) =>
        StartAsync(null, [.. upstreams.Select((upstream, i) => ProximitySite.Upstream(upstream, i))]);

    public static async Task<IReadOnlyList<SignedEntry>> ReadAsync(HttpResponseMessage answer)
    {
        byte[] body = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {Encoding.UTF8.GetString(body)}");
        IReadOnlyList<SignedEntry>? entries = EntryDocument.ParseListing(body, out IReadOnlyList<string> problems);
        Assert.Empty(problems);
        return entries!;
    }

    public static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    /// <summary>What it was told about <see cref="Key"/> so long ago.</summary>
    public static async Task KnowAsync(TestServer server, TimeSpan age, params SignedEntry[] entries)
    {
        DateTimeOffset then = DateTimeOffset.UtcNow - age;
        var listing = new UpstreamListing(Key, entries, "upstream-0", then, TimeSpan.Zero, then);
        await server.UpstreamListings.ReplaceAsync(listing, TestContext.Current.CancellationToken);
    }
}
