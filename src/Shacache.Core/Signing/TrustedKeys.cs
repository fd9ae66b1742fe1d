using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Entries;

namespace Shacache.Core.Signing;

/// <summary>The keys that are trusted. An empty list trusts nothing (docs/protocol.md, "Trust"). Safe for concurrent use.</summary>
public sealed class TrustedKeys : IDisposable
{
    private TrustedKeys(IReadOnlyList<TrustedKey> keys, IReadOnlyList<string> warnings)
    {
        Keys = keys;
        Warnings = warnings;
    }

    /// <summary>A list that trusts nothing.</summary>
    public static TrustedKeys None { get; } = new([], []);

    /// <summary>The keys, in the order of the list.</summary>
    public IReadOnlyList<TrustedKey> Keys { get; }

    /// <summary>One line for each certificate that was skipped, naming its position from 1.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Reads PEM certificates, one after the other, indented or not. One that does not parse is skipped with a warning.</summary>
    public static TrustedKeys Parse(string pemText)
    {
        List<TrustedKey> keys = [];
        List<string> warnings = [];
        CertificateList.Read(pemText, keys, warnings);
        return new TrustedKeys(keys, warnings);
    }

    /// <summary>The key that signed the entry; null when none of the list did, or the entry is unsigned.</summary>
    public TrustedKey? FindSigner(SignedEntry entry)
    {
        if (Keys.Count == 0 || !EntrySignature.TryDecode(entry.Signature, out byte[] signature) || signature.Length == 0)
            return null;
        byte[] signed = Encoding.UTF8.GetBytes(entry.Information);
        foreach (TrustedKey key in Keys)
        {
            if (key.Verify(signed, signature, HashAlgorithmName.SHA1))
                return key;
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TrustedKey key in Keys)
            key.Dispose();
    }
}
