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
        TrustedKeys trusted = settings.GatewayCertificates is { } certificates
            ? TrustedKeys.Parse(Read("gateway-certificates", certificates))
            : TrustedKeys.None;
        if (trusted.Warnings.Count > 0 || (settings.GatewayCertificates is not null && trusted.Keys.Count == 0))
        {
            string problem = trusted.Warnings.Count > 0 ? trusted.Warnings[0] : "it holds no certificate.";
            throw new CommandFailedException(ExitCode.Configuration, $"gateway-certificates: {settings.GatewayCertificates}: {problem}");
        }

        if (settings.GatewaySigningKey is not { } path)
            return new GatewayTrust(null, trusted);
        try
        {
            return new GatewayTrust(SigningKey.FromPem(Read("gateway-signing-key", path)), trusted);
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

    private static string Read(string key, string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Configuration, $"{key}: {path} cannot be read: {e.Message}", e);
        }
    }
}
