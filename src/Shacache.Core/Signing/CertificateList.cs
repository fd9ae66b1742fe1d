using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shacache.Core.Entries;

namespace Shacache.Core.Signing;

/// <summary>Takes the certificates out of a text. Anything between them is ignored.</summary>
/// <remarks>
/// PemEncoding passes silently over a block that it cannot read; the owner of a list is to learn which certificate of it is
/// not in force. So the markers are looked for here.
/// </remarks>
internal static class CertificateList
{
    private const string Begin = "-----BEGIN CERTIFICATE-----";
    private const string End = "-----END CERTIFICATE-----";

    /// <summary>Reads one certificate after the other.</summary>
    /// <param name="text">PEM certificates, indented or not, comments (<c>#</c>, <c>;</c>) between or in them.</param>
    /// <param name="keys">The keys of those that could be read.</param>
    /// <param name="warnings">One line for each of the others, naming its position from 1.</param>
    public static void Read(string text, List<TrustedKey> keys, List<string> warnings)
    {
        int position = 0;
        int begin = text.IndexOf(Begin, StringComparison.Ordinal);
        while (begin >= 0)
        {
            position++;
            int next = text.IndexOf(Begin, begin + Begin.Length, StringComparison.Ordinal);
            string block = next < 0 ? text[(begin + Begin.Length)..] : text[(begin + Begin.Length)..next];
            if (!TryRead(position, block, out TrustedKey? key, out string problem))
                warnings.Add($"Certificate {position} of the list is skipped: {problem}");
            else
                keys.Add(key!);
            begin = next;
        }

        if (position == 0 && !string.IsNullOrWhiteSpace(text))
            warnings.Add("The list of certificates holds no PEM certificate.");
    }

    private static bool TryRead(int position, string block, out TrustedKey? key, out string problem)
    {
        key = null;
        int end = block.IndexOf(End, StringComparison.Ordinal);
        if (end < 0)
        {
            problem = "it has no END line.";
            return false;
        }

        var base64 = new StringBuilder();
        foreach (ReadOnlySpan<char> line in block.AsSpan(0, end).EnumerateLines())
        {
            ReadOnlySpan<char> content = line.Trim();
            if (content is not ['#' or ';', ..])
                base64.Append(content);
        }

        byte[] der = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64.ToString(), der, out int length) || length == 0)
        {
            problem = "what stands between its BEGIN and END lines is not base64.";
            return false;
        }

        try
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der.AsSpan(0, length));
            string subject = certificate.Subject;
            RSA? rsa = certificate.GetRSAPublicKey();
            problem = rsa is null ? $"its key is not RSA ({EntryInformation.OneLine(subject)})." : "";
            if (rsa is not null)
                key = new TrustedKey(position, subject, certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant(), rsa);
        }
        catch (CryptographicException e)
        {
            problem = $"it is not a certificate ({EntryInformation.OneLine(e.Message)}).";
        }

        return key is not null;
    }
}
