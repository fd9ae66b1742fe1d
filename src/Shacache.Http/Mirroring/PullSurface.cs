using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Errors;
using Shacache.Http.Gateway;

namespace Shacache.Http.Mirroring;

/// <summary>Fills this server from its upstreams, a key or an object at a time (docs/protocol.md, "Mirrors"). No content goes to whoever asks.</summary>
internal sealed class PullSurface(KeyPull? keys = null, ObjectPull? objects = null)
{
    private const string KeyName = "key";
    private const string DigestName = "sha512";

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    public async ValueTask<long> PullKeyAsync(HttpContext context)
    {
        if (keys is null)
            return await UploadRefusal.WriteAsync(context, MirrorProblems.NoUpstream);
        if (!EntryKey.TryCreate(context.Request.Query[KeyName].ToString(), out EntryKey? key, out string? problem))
            return await UploadRefusal.WriteAsync(context, MirrorProblems.Malformed(problem));
        if (GatewayKeys.IsReserved(key))
            return await UploadRefusal.WriteAsync(context, GatewayProblems.Reserved);
        return await WriteAsync(context, keys.RunAsync(key, context.RequestAborted), MirrorDocuments.Default.PulledKeyDocument);
    }

    public async ValueTask<long> PullObjectAsync(HttpContext context)
    {
        if (objects is null)
            return await UploadRefusal.WriteAsync(context, MirrorProblems.NoUpstream);
        if (!Digest.TryParse(context.Request.Query[DigestName].ToString(), out Digest digest))
            return await UploadRefusal.WriteAsync(context, MirrorProblems.Malformed($"The query has no {DigestName} of {Digest.HexLength} hexadecimal digits."));
        return await WriteAsync(context, objects.RunAsync(digest, context.RequestAborted), MirrorDocuments.Default.PulledObjectDocument);
    }

    /// <summary>Answers when it is known; before that, line feeds, so that nobody on the way takes a long transfer for a dead connection.</summary>
    private static async ValueTask<long> WriteAsync<T>(HttpContext context, Task<T> running, JsonTypeInfo<T> type)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        long sent = 0;
        while (await Task.WhenAny(running, Task.Delay(KeepAlive)) != running)
        {
            await context.Response.BodyWriter.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
            sent++;
        }

        byte[] body = JsonSerializer.SerializeToUtf8Bytes(await running, type);
        if (sent == 0)
            context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
        return sent + body.Length;
    }
}
