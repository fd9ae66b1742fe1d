using System.CommandLine;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Core.Accounts;
using Shacache.Core.Messages;

namespace Shacache.Cli.Commands.Accounts;

/// <summary>A command for uploaders, about their own account.</summary>
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

    protected TextOption Key { get; } = new("--key", "FILE", "The private key. Default: NAME.key.");

    protected TextOption Certificate { get; } = new("--cert", "FILE", "The certificate. Default: NAME.crt.");

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

    /// <summary>The value of an option that is a duration; null without it.</summary>
    /// <exception cref="CommandFailedException">It is no duration.</exception>
    protected static TimeSpan? ReadTime(ParseResult arguments, TextOption option, string examples)
    {
        if (arguments.GetValue(option) is not { } text)
            return null;
        return Duration.TryParse(text, out Duration duration)
            ? duration.Time
            : throw new CommandFailedException(ExitCode.Usage, $"{option.Name}: '{TextTable.Clean(text)}' is no time; write it with its unit, such as {examples}.");
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
