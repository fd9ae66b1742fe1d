using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shacache.Core.Entries;

namespace Shacache.Core.Signing;

/// <summary>The stronger signature that an entry carries inside its text: the last member, <c>"sig2": "rsa-sha512:&lt;base64&gt;"</c>.</summary>
/// <remarks>
/// RSA, PKCS#1 v1.5, SHA-512, by the key that signs the entry, over the UTF-8 of the same text with the value of <c>sig2</c> emptied. The text,
/// <c>sig2</c> in it, is then signed with SHA-1 as before, so that older clients see an ordinary entry with a member they do not know
/// (docs/protocol.md, "Trust").
/// </remarks>
public sealed class StrongSignature
{
    private const string Algorithm = "rsa-sha512:";

    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private StrongSignature(byte[] signed, byte[] signature)
    {
        _signed = signed;
        _signature = signature;
    }

    /// <summary>Adds the member to the text of an entry. What comes back is yet to be signed by <see cref="SigningKey.Sign(string)"/>.</summary>
    /// <param name="information">A JSON object with at least one member and without <c>sig2</c>.</param>
    /// <param name="key">The key that is going to sign the whole.</param>
    /// <exception cref="ArgumentException">The text is no such object.</exception>
    public static string Append(string information, SigningKey key)
    {
        string text = information.TrimEnd(' ', '\t', '\r', '\n');
        if (!text.EndsWith('}') || Read(text, out _, out _) != StrongSignatureState.Absent)
            throw new ArgumentException("The information is not a JSON object without a member sig2.", nameof(information));
        string head = text[..^1] + ", \"sig2\": \"";
        return $"{head}{Algorithm}{key.SignStrong(head + "\"}")}\"}}";
    }

    /// <summary>Finds the signature in the text of an entry. Never throws for a well-formed entry.</summary>
    /// <param name="information">The text of an entry.</param>
    /// <param name="signature">The signature, when the state is <see cref="StrongSignatureState.Present"/>.</param>
    /// <param name="problem">In a few words what is wrong, when the state is <see cref="StrongSignatureState.Malformed"/>.</param>
    public static StrongSignatureState Read(string information, out StrongSignature? signature, out string? problem)
    {
        signature = null;
        problem = null;
        byte[] utf8 = Encoding.UTF8.GetBytes(information);
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = EntryInformation.MaxDepth });
        Range? found = null;
        bool isLast = false;
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
                continue;
            isLast = false;
            if (!reader.ValueTextEquals("sig2"u8))
                continue;
            if (found is not null)
                return Fail("there are two members sig2", out problem);
            reader.Read();
            if (reader.TokenType != JsonTokenType.String || reader.ValueIsEscaped)
                return Fail("sig2 is not a plain text", out problem);
            int start = (int)reader.TokenStartIndex + 1;
            found = start..(start + reader.ValueSpan.Length);
            isLast = true;
        }

        if (found is not { } value)
            return StrongSignatureState.Absent;
        if (!isLast)
            return Fail("sig2 is not the last member", out problem);
        string text = Encoding.UTF8.GetString(utf8[value]);
        if (!text.StartsWith(Algorithm, StringComparison.Ordinal))
            return Fail($"sig2 is not of the form {Algorithm}<base64>", out problem);
        if (text.Contains(' ', StringComparison.Ordinal) ||
            !EntrySignature.TryDecode(text[Algorithm.Length..], out byte[] bytes) || bytes.Length == 0)
        {
            return Fail("the base64 of sig2 cannot be decoded", out problem);
        }

        signature = new StrongSignature([.. utf8[..value.Start], .. utf8[value.End..]], bytes);
        return StrongSignatureState.Present;
    }

    /// <summary>Whether a key made the signature over this very text.</summary>
    public bool IsSignedBy(TrustedKey key) => key.Verify(_signed, _signature, HashAlgorithmName.SHA512);

    private static StrongSignatureState Fail(string what, out string? problem)
    {
        problem = what;
        return StrongSignatureState.Malformed;
    }
}

/// <summary>What an entry says about its stronger signature.</summary>
public enum StrongSignatureState
{
    /// <summary>It has none, as every entry of older clients.</summary>
    Absent,

    /// <summary>It has one in the right place and form, which remains to be verified.</summary>
    Present,

    /// <summary>It has something of that name which is no such signature. Such an entry is never trusted.</summary>
    Malformed,
}

/// <summary>What the stronger signature of an entry proves.</summary>
public enum StrongProof
{
    /// <summary>The entry has none.</summary>
    Absent,

    /// <summary>It is the signer's.</summary>
    Valid,

    /// <summary>It is not the signer's, or not over this text: the entry was altered or put together. Never trusted.</summary>
    Invalid,

    /// <summary>It is no signature at all, or not in its place. Never trusted.</summary>
    Malformed,
}
