using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Errors;
using Shacache.Core.Messages;
using Shacache.Core.Signing;

namespace Shacache.Cli.Serving;

/// <summary>The certificates and the key in files that settings name. All of it must be readable: a server that starts trusts what its operator listed.</summary>
internal sealed class TrustFiles : IDisposable
{
    private readonly List<IDisposable> _read = [];

    /// <summary>Reads them into the options.</summary>
    /// <exception cref="CommandFailedException">A file cannot be read, or not all of it.</exception>
    public static TrustFiles Load(ServerSettings settings)
    {
        var files = new TrustFiles();
        if (settings.Gateway.Certificates is { } listed)
            settings.Gateway.Options.TrustedKeys = files.ReadCertificates("gateway-certificates", listed);
        if (settings.Gateway.SigningKey is { } key)
            settings.Gateway.Options.SigningKey = files.ReadKey("gateway-signing-key", key);
        if (settings.EntryPolicy.RequiredSigners is { } required)
            settings.EntryPolicy.Options.RequiredSigners = files.ReadCertificates("require-signature", required);
        if (settings.EntryPolicy.ProtectedSigners is { } others)
            settings.EntryPolicy.Options.ProtectedSigners = files.ReadCertificates("protected-certificates", others);
        if (settings.Retention.KeepSigners is { } kept)
            settings.Retention.Options.KeepSigners = files.ReadCertificates("keep-signers", kept);
        if (settings.Pages.Certificates is { } judged)
            settings.Cache.Pages.TrustedKeys = files.ReadCertificates("page-certificates", judged);
        return files;
    }

    public void Dispose() => _read.ForEach(read => read.Dispose());

    private TrustedKeys ReadCertificates(string key, string path)
    {
        var trusted = TrustedKeys.Parse(ReadText(key, path));
        _read.Add(trusted);
        if (trusted.Warnings.Count == 0 && trusted.Keys.Count > 0)
            return trusted;
        string problem = trusted.Warnings.Count > 0 ? trusted.Warnings[0] : "it holds no certificate.";
        throw new CommandFailedException(ExitCode.Configuration, $"{key}: {path}: {problem}");
    }

    private SigningKey ReadKey(string key, string path)
    {
        try
        {
            var signing = SigningKey.FromPem(ReadText(key, path));
            _read.Add(signing);
            return signing;
        }
        catch (FormatException e)
        {
            throw new CommandFailedException(ExitCode.Configuration, $"{key}: {path}: {e.Message}", e);
        }
    }

    private static string ReadText(string key, string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Configuration, $"{key}: {path} cannot be read: {FileTrouble.Explain(e, path)}.", e);
        }
    }
}
