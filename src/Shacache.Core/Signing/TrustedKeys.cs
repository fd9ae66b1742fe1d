using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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

    /// <summary>One line for each certificate that was skipped, naming its position.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Reads PEM certificates, one after the other, indented or not. One that does not parse is skipped with a warning.</summary>
    public static TrustedKeys Parse(string pemText)
    {
        List<TrustedKey> keys = [];
        List<string> warnings = [];
        int position = 0;
        string text = string.Join('\n', pemText.Split('\n', StringSplitOptions.TrimEntries));
        for (ReadOnlySpan<char> rest = text; PemEncoding.TryFind(rest, out PemFields fields); rest = rest[fields.Location.End..])
        {
            if (!rest[fields.Label].SequenceEqual("CERTIFICATE"))
                continue;
            position++;
            if (!TryRead(position, rest[fields.Location], out TrustedKey? key, out string? problem))
                warnings.Add($"Certificate {position} of the list is skipped: {problem}");
            else
                keys.Add(key!);
        }

        return new TrustedKeys(keys, warnings);
    }

    /// <summary>The key that signed the entry; null when none of the list did, or the entry is unsigned.</summary>
    public TrustedKey? FindSigner(SignedEntry entry)
    {
        if (!EntrySignature.TryDecode(entry.Signature, out byte[] signature) || signature.Length == 0)
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

    private static bool TryRead(int position, ReadOnlySpan<char> pem, out TrustedKey? key, out string? problem)
    {
        key = null;
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            RSA? rsa = certificate.GetRSAPublicKey();
            problem = rsa is null ? $"its key is not RSA ({certificate.Subject})." : null;
            if (rsa is not null)
                key = new TrustedKey(position, certificate.Subject, certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant(), rsa);
        }
        catch (CryptographicException e)
        {
            problem = EntryInformation.OneLine(e.Message);
        }

        return key is not null;
    }
}
