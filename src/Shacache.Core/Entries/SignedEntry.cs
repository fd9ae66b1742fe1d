using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Shacache.Core.Blobs;

namespace Shacache.Core.Entries;

/// <summary>A pair of the directory: a JSON text, and its signature. Both are kept exactly as they were received.</summary>
/// <remarks>
/// The signature covers the UTF-8 bytes of <see cref="Information"/>, so that text is never serialised again
/// (docs/protocol.md, "Directory"). An instance is well-formed: the text is a JSON object that names a digest, and the
/// signature is base64 or empty. Well-formed says nothing about trust.
/// </remarks>
public sealed class SignedEntry : IEquatable<SignedEntry>
{
    private SignedEntry(string information, string signature, Digest digest, DateTimeOffset? expiresAt)
    {
        Information = information;
        Signature = signature;
        Digest = digest;
        ExpiresAt = expiresAt;
    }

    /// <summary>The JSON text that is signed, verbatim.</summary>
    public string Information { get; }

    /// <summary>The signature in base64, verbatim; empty for an unsigned entry.</summary>
    public string Signature { get; }

    /// <summary>The content that the entry points to: member <c>sha512</c>.</summary>
    public Digest Digest { get; }

    /// <summary>When the entry ceases to be listed: member <c>expiration_date</c>; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>Checks a pair of texts.</summary>
    /// <param name="information">The JSON text that is signed.</param>
    /// <param name="signature">The signature in base64, or the empty text.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryCreate(
        string information,
        string signature,
        [NotNullWhen(true)] out SignedEntry? entry,
        [NotNullWhen(false)] out string? problem)
    {
        entry = null;
        problem = EntryInformation.FindProblem(information, out Digest digest, out DateTimeOffset? expiresAt)
            ?? EntrySignature.FindProblem(signature);
        if (problem is null)
            entry = new SignedEntry(information, signature, digest, expiresAt);
        return problem is null;
    }

    /// <summary>Takes an entry back from a store, which checked it when it was added. It is not checked again.</summary>
    public static SignedEntry Restore(string information, string signature, Digest digest, DateTimeOffset? expiresAt) =>
        new(information, signature, digest, expiresAt);

    /// <summary>Whether the entry is past its <see cref="ExpiresAt"/>.</summary>
    public bool IsExpired(DateTimeOffset now) => ExpiresAt < now;

    /// <summary>Whether both texts are the same, character for character.</summary>
    public bool Equals(SignedEntry? other) =>
        other is not null &&
        string.Equals(Information, other.Information, StringComparison.Ordinal) &&
        string.Equals(Signature, other.Signature, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SignedEntry);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Information, Signature);
}

/// <summary>The base64 text of a signature. Old clients wrapped it, so line feeds and spaces are legal; nothing else foreign is.</summary>
internal static class EntrySignature
{
    private static readonly SearchValues<char> Legal =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \n");

    /// <summary>One line that says what is wrong; null when nothing is.</summary>
    public static string? FindProblem(string signature) =>
        TryDecode(signature, out _) ? null : "The signature is neither base64 nor empty.";

    public static bool TryDecode(string signature, out byte[] bytes)
    {
        bytes = [];
        if (signature.AsSpan().ContainsAnyExcept(Legal))
            return false;

        byte[] buffer = new byte[signature.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64String(signature, buffer, out int written))
            return false;
        bytes = buffer[..written];
        return true;
    }
}
