using System.Collections.Concurrent;
using System.Text;
using Shacache.Core.Blobs;

namespace Shacache.Client.Tests.Servers;

/// <summary>A small but true implementation of both surfaces in one place: digests are computed, pairs come back as they were put.</summary>
internal sealed class FakeCache
{
    public ConcurrentDictionary<string, byte[]> Blobs { get; } = [];

    public ConcurrentDictionary<string, ConcurrentStack<string>> Entries { get; } = [];

    public bool KnowsHead { get; init; } = true;

    public async Task AnswerAsync(HttpExchange exchange)
    {
        string name = exchange.Target.TrimStart('/');
        switch (exchange.Method)
        {
            case "POST":
                using (var body = new MemoryStream())
                {
                    (_, Digest digest) = await exchange.ReadBodyAsync(body);
                    Blobs[digest.ToString()] = body.ToArray();
                    await exchange.AnswerAsync(201, digest.ToString());
                }

                break;
            case "PUT":
                using (var body = new MemoryStream())
                {
                    await exchange.ReadBodyAsync(body);
                    Entries.GetOrAdd(name, _ => []).Push(Encoding.UTF8.GetString(body.ToArray()));
                    await exchange.AnswerAsync(201);
                }

                break;
            case "HEAD" when !KnowsHead:
                await exchange.AnswerAsync(405);
                break;
            default:
                if (Blobs.TryGetValue(name, out byte[]? content))
                    await Content.ServeAsync(exchange, content);
                else if (Entries.TryGetValue(name, out ConcurrentStack<string>? pairs))
                    await exchange.AnswerAsync(200, $"[{string.Join(", ", pairs)}]", "Content-Type: application/json");
                else
                    await exchange.AnswerAsync(404, "unknown\n");
                break;
        }
    }
}
