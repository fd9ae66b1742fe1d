using Shacache.Cli.Configuration;
using Shacache.Core.Signing;

namespace Shacache.Cli.Serving;

/// <summary>The key that the download gateway signs with, and the certificates whose entries it believes.</summary>
internal sealed class GatewayTrust : IDisposable
{
    private GatewayTrust(SigningKey? signingKey, TrustedKeys trusted)
    {
        SigningKey = signingKey;
        Trusted = trusted;
    }

    public SigningKey? SigningKey { get; }

    public TrustedKeys Trusted { get; }

    /// <exception cref="CommandFailedException">A file cannot be used.</exception>
    public static GatewayTrust Load(ServerSettings settings)
    {
        TrustedKeys trusted = settings.GatewayCertificates is { } certificates ? CertificateFile.Read("gateway-certificates", certificates) : TrustedKeys.None;
        if (settings.GatewaySigningKey is not { } path)
            return new GatewayTrust(null, trusted);
        try
        {
            return new GatewayTrust(SigningKey.FromPem(CertificateFile.ReadText("gateway-signing-key", path)), trusted);
        }
        catch (FormatException e)
        {
            throw new CommandFailedException(ExitCode.Configuration, $"gateway-signing-key: {path}: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        SigningKey?.Dispose();
        Trusted.Dispose();
    }
}
