using Shacache.Cli.Configuration.Values;
using Shacache.Cli.Errors;
using Shacache.Core.Messages;

namespace Shacache.Cli.Serving;

/// <summary>Credentials of remotes, in files that their sections name.</summary>
internal static class RemoteCredentials
{
    /// <summary>Reads them into the options.</summary>
    /// <exception cref="CommandFailedException">A file cannot be used.</exception>
    public static void Load(IEnumerable<RemoteSection> sections)
    {
        foreach (RemoteSection section in sections)
        {
            if (section.CredentialsFile is { } path)
                section.Options.Credentials = Read(section.Options.Name, path);
        }
    }

    private static string Read(string name, string path)
    {
        try
        {
            string line = File.ReadAllText(path).Trim();
            return line.IndexOf(':', StringComparison.Ordinal) > 0 && !line.Any(char.IsControl) ? line : throw new IOException("it must hold one line user:password");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(
                ExitCode.Configuration, $"credentials-file of [{RemoteSection.Kind} {name}]: {path} cannot be used: {FileTrouble.Explain(e, path)}.", e);
        }
    }
}
