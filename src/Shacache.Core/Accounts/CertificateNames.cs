using System.Security.Cryptography.X509Certificates;

namespace Shacache.Core.Accounts;

/// <summary>Reads names of certificates and requests.</summary>
internal static class CertificateNames
{
    private const string CommonName = "2.5.4.3";

    /// <summary>The common name; null when there is none, or several.</summary>
    public static string? FindCommonName(X500DistinguishedName subject)
    {
        List<string> names =
            [.. subject.EnumerateRelativeDistinguishedNames()
                .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
                .Select(part => part.GetSingleElementValue() ?? "")];
        return names.Count == 1 ? names[0] : null;
    }
}
