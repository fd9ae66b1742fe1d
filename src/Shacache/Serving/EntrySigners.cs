using Shacache.Cli.Configuration;
using Shacache.Core.Signing;

namespace Shacache.Cli.Serving;

/// <summary>The certificates that the policy for entries knows.</summary>
internal sealed class EntrySigners : IDisposable
{
    /// <summary>Null when entries need no signature.</summary>
    public TrustedKeys? Required { get; private init; }

    public required TrustedKeys Protected { get; init; }

    /// <exception cref="CommandFailedException">A file cannot be used.</exception>
    public static EntrySigners Load(ServerSettings settings) => new()
    {
        Required = settings.RequireSignature is { } required ? CertificateFile.Read("require-signature", required) : null,
        Protected = settings.ProtectedCertificates is { } named ? CertificateFile.Read("protected-certificates", named) : TrustedKeys.None,
    };

    public void Dispose()
    {
        Required?.Dispose();
        Protected.Dispose();
    }
}
