using System.CommandLine;
using Shacache.Cli.Errors;
using Shacache.Client.Accounts;
using Shacache.Client.Configuration;

namespace Shacache.Cli.Commands.Accounts;

/// <summary>The options that name a server on the network.</summary>
internal sealed class ServerOptions
{
    public Option<string?> Url { get; } = new("--url")
    {
        Description = "The URL of the server, such as https://cache.example.org:8443.",
        HelpName = "URL",
    };

    public Option<string?> Authority { get; } = new("--ca")
    {
        Description = "The certificate of the CA that the server's certificate must come from. Default: those of the system.",
        HelpName = "FILE",
    };

    /// <summary>The server that <c>--url</c> names; null without it.</summary>
    /// <exception cref="CommandFailedException">It is no URL.</exception>
    public AccountServer? Find(ParseResult arguments)
    {
        if (arguments.GetValue(Url) is not { } url)
            return null;
        return CacheUrl.TryParse(url, out CacheUrl? parsed, out string? problem)
            ? AccountServer.At(parsed) with { Tls = new TlsFiles { AuthorityFile = arguments.GetValue(Authority) } }
            : throw new CommandFailedException(ExitCode.Usage, $"--url: {problem}.");
    }
}
