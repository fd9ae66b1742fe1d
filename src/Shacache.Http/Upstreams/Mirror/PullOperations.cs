using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Answers;
using Shacache.Http.Entries;

namespace Shacache.Http.Upstreams.Mirror;

/// <summary>Fills this server from its upstreams, a key or an object at a time (docs/protocol.md, "Mirrors"). No content goes to the caller.</summary>
internal sealed class PullOperations(KeyPull keys, ObjectPull objects)
{
    private const string KeyName = "key";
    private const string DigestName = "sha512";

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    public ValueTask PullKeyAsync(HttpContext context)
    {
        if (!EntryKey.TryCreate(context.Request.Query[KeyName].ToString(), out EntryKey? key, out string? problem))
            return UploadRefusal.WriteAsync(context, EntryProblems.Malformed(problem));
        return ReservedKeys.Contain(key)
            ? UploadRefusal.WriteAsync(context, EntryProblems.Reserved)
            : WriteAsync(context, keys.RunAsync(key, context.RequestAborted), MirrorDocuments.Default.PulledKeyDocument);
    }

    public ValueTask PullObjectAsync(HttpContext context) => Digest.TryParse(context.Request.Query[DigestName].ToString(), out Digest digest)
        ? WriteAsync(context, objects.RunAsync(digest, context.RequestAborted), MirrorDocuments.Default.PulledObjectDocument)
        : UploadRefusal.WriteAsync(context, EntryProblems.Malformed($"The query has no {DigestName} of {Digest.HexLength} hexadecimal digits."));

    /// <summary>Answers when the outcome is known; before that, line feeds, so that no proxy takes a long transfer for a dead connection.</summary>
    private static async ValueTask WriteAsync<T>(HttpContext context, Task<T> running, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        while (await Task.WhenAny(running, Task.Delay(KeepAlive)) != running)
            await context.Response.BodyWriter.WriteAsync("\n"u8.ToArray(), context.RequestAborted);

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(await running, type);
        if (!context.Response.HasStarted)
            context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }
}
