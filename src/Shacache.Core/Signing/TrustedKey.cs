using System.Collections.Concurrent;
using System.Security.Cryptography;
using Shacache.Core.Blobs;

namespace Shacache.Core.Signing;

/// <summary>One key that is trusted, and the certificate that carried it.</summary>
/// <remarks>
/// A certificate is only the envelope of a public key: issuer, validity and its own signature are ignored
/// (docs/protocol.md, "Trust"). Safe for concurrent use.
/// </remarks>
public sealed class TrustedKey : IDisposable
{
    // An RSA instance promises nothing to concurrent callers, so each takes one of its own and leaves it for the next.
    private readonly ConcurrentBag<RSA> _idle = [];
    private readonly RSAParameters _parameters;
    private readonly byte[] _publicKey;

    internal TrustedKey(int position, string subject, string fingerprint, RSA key)
    {
        Position = position;
        Subject = subject;
        Fingerprint = fingerprint;
        KeyBits = key.KeySize;
        _parameters = key.ExportParameters(includePrivateParameters: false);
        _publicKey = key.ExportSubjectPublicKeyInfo();
        _idle.Add(key);
    }

    /// <summary>Place in the list of certificates, from 1.</summary>
    public int Position { get; }

    /// <summary>The certificate's subject, such as <c>CN=COMP-2026</c>.</summary>
    public string Subject { get; }

    /// <summary>SHA-256 of the certificate, lower-case hexadecimal.</summary>
    public string Fingerprint { get; }

    /// <summary>Length of the key's modulus, in bits.</summary>
    public int KeyBits { get; }

    /// <summary>Whether the signature is this key's, over exactly these bytes. Never throws for bad input.</summary>
    public bool Verify(ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature, HashAlgorithmName algorithm)
    {
        RSA key = Take();
        try
        {
            return key.VerifyData(signed, signature, algorithm, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false;
        }
        finally
        {
            _idle.Add(key);
        }
    }

    /// <summary>Whether the signature is this key's, over something of which only the SHA-512 is at hand. Never throws for bad input.</summary>
    public bool VerifyDigest(Digest digest, ReadOnlySpan<byte> signature)
    {
        Span<byte> hash = stackalloc byte[Digest.LengthBytes];
        digest.CopyTo(hash);
        RSA key = Take();
        try
        {
            return key.VerifyHash(hash, signature, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            return false;
        }
        finally
        {
            _idle.Add(key);
        }
    }

    /// <summary>The public key in SubjectPublicKeyInfo form, to compare keys by.</summary>
    public byte[] ExportPublicKey() => [.. _publicKey];

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out RSA? key))
            key.Dispose();
    }

    private RSA Take() => _idle.TryTake(out RSA? key) ? key : RSA.Create(_parameters);
}
