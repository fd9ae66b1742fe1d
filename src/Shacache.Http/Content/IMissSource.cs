using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Savings;
using Shacache.Http.Answers;

namespace Shacache.Http.Content;

/// <summary>Is asked for objects that are not here, and told of those that are.</summary>
internal interface IMissSource
{
    /// <summary>Whether what is not here may be had from elsewhere.</summary>
    bool HasSources { get; }

    /// <summary>Which cache a request is counted for that finds nothing here.</summary>
    CacheKind Cache { get; }

    /// <summary>Answers a request for an object that is not here.</summary>
    ValueTask SendAsync(HttpContext context, Digest digest, bool withBody);

    /// <summary>An object is here, and about to be sent.</summary>
    void NoteHit(HttpContext context);

    /// <summary>Bytes of an object were sent that was here.</summary>
    void NoteSaved(long bytes);
}

/// <summary>Of a server without upstreams: what is not here is not found.</summary>
internal sealed class NoMissSource : IMissSource
{
    public bool HasSources => false;

    public CacheKind Cache => CacheKind.Download;

    public ValueTask SendAsync(HttpContext context, Digest digest, bool withBody) => ErrorResponse.WriteAsync(context, ContentProblems.Unknown(digest));

    public void NoteHit(HttpContext context)
    {
    }

    public void NoteSaved(long bytes)
    {
    }
}
