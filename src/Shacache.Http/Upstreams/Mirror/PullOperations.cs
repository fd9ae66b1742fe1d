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

    public ValueTask PullKeyAsync(HttpContext context)
    {
        if (!EntryKey.TryCreate(context.Request.Query[KeyName].ToString(), out EntryKey? key, out string? problem))
            return UploadRefusal.WriteAsync(context, EntryProblems.Malformed(problem));
        return ReservedKeys.Contain(key)
            ? UploadRefusal.WriteAsync(context, EntryProblems.Reserved)
            : JsonAnswer.WriteSlowlyAsync(context, keys.RunAsync(key, context.RequestAborted), MirrorDocuments.Default.PulledKeyDocument);
    }

    public ValueTask PullObjectAsync(HttpContext context) => Digest.TryParse(context.Request.Query[DigestName].ToString(), out Digest digest)
        ? JsonAnswer.WriteSlowlyAsync(context, objects.RunAsync(digest, context.RequestAborted), MirrorDocuments.Default.PulledObjectDocument)
        : UploadRefusal.WriteAsync(context, EntryProblems.Malformed($"The query has no {DigestName} of {Digest.HexLength} hexadecimal digits."));
}
