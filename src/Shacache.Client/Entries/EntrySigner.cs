using System.Diagnostics.CodeAnalysis;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Client.Entries;

/// <summary>The private key of the configuration, read at its first use: a node that only downloads may not be allowed to read it.</summary>
internal sealed class EntrySigner(NetworkCacheOptions options, TrustedKeys trusted) : IDisposable
{
    private readonly Lock _lock = new();
    private SigningKey? _key;

    /// <summary>Checks that entries signed by the key could be read back, before anything is sent.</summary>
    /// <exception cref="UntrustedSigningKeyException">They could not.</exception>
    /// <exception cref="NetworkCacheConfigurationException">The key cannot be read.</exception>
    public void EnsureUsable() => Use(static _ => true);

    /// <summary>Signs the text of an entry.</summary>
    /// <returns>The text, the stronger signature in it, and its signature in base64; the text as it is and nothing when no key is configured.</returns>
    /// <inheritdoc cref="EnsureUsable"/>
    public (string Information, string Signature) Sign(string information)
    {
        if (Use(key => StrongSignature.Append(information, key)) is not { } signed)
            return (information, "");
        return (signed, Use(key => key.Sign(signed))!);
    }

    /// <summary>Signs something long by its SHA-512.</summary>
    /// <returns>The signature in base64, and the certificate of the list that verifies it; null when no key is configured.</returns>
    /// <inheritdoc cref="EnsureUsable"/>
    public (string Signature, TrustedKey Signer)? SignDigest(Digest digest) =>
        Use(key => (key.SignDigest(digest), trusted.Keys.First(key.IsPairOf)), out (string, TrustedKey) signed) ? signed : null;

    /// <summary>Whether a trusted key is the public half of the configured one.</summary>
    /// <inheritdoc cref="EnsureUsable"/>
    public bool IsKeyOf(TrustedKey? signer) => signer is not null && Use(key => key.IsPairOf(signer));

    /// <summary>Whether the configured key made both signatures of an entry; without such a key, whether the entry has none.</summary>
    /// <inheritdoc cref="EnsureUsable"/>
    public bool SignsAs(SignedEntry entry)
    {
        if (options.SignaturePrivateKeyFile is null)
            return entry.Signature.Length == 0;
        SignatureVerdict verdict = SignatureVerdict.Of(entry, trusted);
        return verdict.Satisfies(SignaturePolicy.Strong) && IsKeyOf(verdict.Signer);
    }

    public void Dispose()
    {
        lock (_lock)
            _key?.Dispose();
    }

    private T? Use<T>(Func<SigningKey, T> use) => Use(use, out T? result) ? result : default;

    private bool Use<T>(Func<SigningKey, T> use, [MaybeNullWhen(false)] out T result)
    {
        result = default;
        if (options.SignaturePrivateKeyFile is not { } path)
            return false;
        lock (_lock)
        {
            _key ??= Load(path);
            result = use(_key);
            return true;
        }
    }

    private SigningKey Load(string path)
    {
        SigningKey key;
        try
        {
            key = SigningKey.FromPem(File.ReadAllText(path));
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new NetworkCacheConfigurationException(
                $"{path}, which signature-private-key-file of section [networkcache] names, cannot be used: {OneLine.Of(e)}", e)
            {
                Section = NetworkCacheOptionsReader.CacheSection,
                Option = "signature-private-key-file",
            };
        }

        if (key.IsTrustedBy(trusted))
            return key;
        key.Dispose();
        throw new UntrustedSigningKeyException(
            $"None of the {trusted.Keys.Count} readable certificates in signature-certificate-list belongs to the private key {path}: " +
            "nothing is uploaded, as it could never be read back. Add the key's certificate to the list.");
    }
}
