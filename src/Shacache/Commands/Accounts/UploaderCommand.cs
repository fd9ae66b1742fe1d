using System.CommandLine;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Core.Accounts;
using Shacache.Core.Messages;

namespace Shacache.Cli.Commands.Accounts;

/// <summary>A command of whoever uploads, about his own account.</summary>
internal abstract class UploaderCommand : DocumentedCommand
{
    protected UploaderCommand(string name, string description)
        : base(name, description)
    {
    }

    protected Option<string> AccountName { get; } = new("--name")
    {
        Description = "The name of the account: letters, digits, '.', '_' and '-'.",
        HelpName = "NAME",
        Required = true,
    };

    protected Option<string?> Key { get; } = new("--key")
    {
        Description = "The private key. Default: NAME.key.",
        HelpName = "FILE",
    };

    protected Option<string?> Certificate { get; } = new("--cert")
    {
        Description = "The certificate. Default: NAME.crt.",
        HelpName = "FILE",
    };

    protected ServerOptions Server { get; } = new();

    protected Option<bool> Json { get; } = AccountCommand.Json();

    protected (AccountName Name, AccountFiles Files) Read(ParseResult arguments)
    {
        AccountName name = AccountCommand.ParseName(arguments.GetRequiredValue(AccountName));
        return (name, new AccountFiles(arguments.GetValue(Key) ?? $"{name}.key", arguments.GetValue(Certificate) ?? $"{name}.crt"));
    }

    /// <summary>The server, with warnings on the error output.</summary>
    protected AccountServer? FindServer(ParseResult arguments)
    {
        var terminal = new Terminal(quiet: true);
        return Server.Find(arguments) is { } server ? server with { Limits = server.Limits with { OnWarning = terminal.Warn } } : null;
    }

    /// <exception cref="CommandFailedException">The file is not there, or holds no key.</exception>
    protected static AccountKey LoadKey(string path)
    {
        try
        {
            return AccountKey.Load(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandFailedException(
                ExitCode.Error, $"there is no private key {path}; 'shacache account request' makes one, --key names another file.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new CommandFailedException(ExitCode.Error, $"the private key {path} cannot be used: {(e is FormatException ? ErrorReport.LineOf(e) : FileTrouble.Explain(e, path) + ".")}", e);
        }
    }
}
