using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;
using Shacache.Http.Answers;

namespace Shacache.Http.Entries;

/// <summary>What is refused about keys and entries. Of the policy: 403 for its signer, 400 for what it says, 409 for what this server holds.</summary>
internal static class EntryProblems
{
    public static readonly Problem Reserved = new(
        StatusCodes.Status403Forbidden, "Keys of this beginning are the download gateway's own. Nothing was stored; use another key.");

    public static readonly Problem NoUpstream = new(StatusCodes.Status404NotFound, "This server has no upstreams (upstream).");

    public static Problem Malformed(string problem) => new(StatusCodes.Status400BadRequest, problem);

    public static Problem Unknown(EntryKey key) => new(StatusCodes.Status404NotFound, $"No entry is listed under the key '{key}'.");

    public static Problem Blocked(string refusal) => new(StatusCodes.Status403Forbidden, refusal) { Reason = "blocked" };

    public static Problem Illegal(string problem) => new(StatusCodes.Status400BadRequest, $"{problem} Nothing was stored.");

    public static Problem TooLarge(int maxBytes) => new(
        StatusCodes.Status413PayloadTooLarge, $"An entry may have {maxBytes} bytes at most (max-entry-size). Nothing was stored.");

    public static Problem NotSigned(SignatureVerdict verdict) => new(
        StatusCodes.Status403Forbidden,
        $"This server accepts only entries that certain certificates signed (require-signature); this one is refused: {verdict.Explanation}. Nothing was stored.");

    public static Problem NotBound(KeyEvidence evidence) => new(
        StatusCodes.Status400BadRequest,
        $"This server accepts only entries that prove to belong under their key (require-key-binding); this one does not: {evidence.Explanation}. Nothing was stored.");

    public static Problem BlobMissing(Digest digest) => new(
        StatusCodes.Status409Conflict,
        $"This server accepts only entries whose object is here (require-blob), and {digest} is not. Nothing was stored; upload the object first.");

    public static Problem KeyFull(EntryKey key, int maxEntries) => new(
        StatusCodes.Status409Conflict,
        $"The key {key} has the {maxEntries} entries that it may have (max-entries-per-key), all of them protected, and this one is not. Nothing was stored.");
}
