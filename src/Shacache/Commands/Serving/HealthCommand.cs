using System.CommandLine;
using System.Net;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Client.Accounts;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Stores;
using Shacache.Http.Accounts;

namespace Shacache.Cli.Commands.Serving;

/// <summary><c>shacache health</c>: one line and an exit code that containers and monitors understand.</summary>
internal sealed class HealthCommand : DocumentedCommand
{
    private const int DefaultTimeoutSeconds = 10;
    private const int MaxTimeoutSeconds = 3600;

    private readonly ServerOptions _server = new();

    private readonly TextOption _configuration = new(
        "--config", "FILE", $"The configuration file of a server on this machine. Default: what {SettingsReader.FileVariable} of the environment names.");

    private readonly Option<int> _timeout = new("--timeout")
    {
        Description = "How long to wait for the answer.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => DefaultTimeoutSeconds,
    };

    public HealthCommand()
        : base("health", "Ask a server whether it is able to serve: for containers and monitors.")
    {
        _timeout.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxTimeoutSeconds)
                result.AddError($"--timeout: a number of seconds from 1 to {MaxTimeoutSeconds} is needed.");
        });
        AddAll(_server.Url, _server.Authority, _configuration, _timeout);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache health",
        "shacache health --config /etc/shacache/shacache.conf",
        "shacache health --url https://cache.example.org:8443 --ca ca.pem",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Exit code 0: it is able to serve. Exit code 1: it is not, or there is no answer; the line says why. It is asked once.",
        "Without --url the server on this machine is asked: at the first http address that its configuration and environment (SHACACHE_LISTEN) name, " +
        "else by the socket in its data folder, which only its own user and root may open.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var limit = TimeSpan.FromSeconds(arguments.GetValue(_timeout));
        AccountServer server = Find(arguments);
        string name = server.SocketPath ?? server.Url.ToString().TrimEnd('/');
        using var client = new HealthClient(server with
        {
            Limits = new NetworkCacheOptions { MaxRetries = 0, ConnectTimeout = limit, FirstByteTimeout = limit, StallTimeout = limit, Proxy = IsHere(server) ? new WebProxy() : null },
        });
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        try
        {
            await client.CheckAsync(limited.Token);
            Console.Out.WriteLine($"{name}: ok");
            return ExitCode.Done;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailedException(ExitCode.Error, $"{name} did not answer within {limit.TotalSeconds} s.", e);
        }
        catch (NetworkCacheException e) when (e is NetworkCacheRefusedException or NetworkCacheUnavailableException)
        {
            throw new CommandFailedException(ExitCode.Error, e.Message, e);
        }
    }

    private AccountServer Find(ParseResult arguments)
    {
        string? configuration = arguments.GetValue(_configuration);
        if (_server.Find(arguments) is { } named)
        {
            return configuration is null
                ? named
                : throw new CommandFailedException(ExitCode.Usage, "give --url or --config, not both.");
        }

        if (arguments.GetResult(_server.Authority) is not null)
            throw new CommandFailedException(ExitCode.Usage, $"{_server.Authority.Name} is for a server that --url names.");
        HostSettings host = SettingsReader.ReadHost(Environment.GetEnvironmentVariables(), configuration, out string? problem);
        if (problem is not null)
            throw new CommandFailedException(ExitCode.Configuration, problem);
        return host.Listen.FirstOrDefault(address => !address.IsTls && address.Port > 0) is { } address
            ? AccountServer.At(CacheUrl.Parse($"http://{new IPEndPoint(Reachable(address.Address), address.Port)}"))
            : AccountServer.AtSocket(Path.Combine(host.DataFolder, AdminSocket.FileName));
    }

    /// <summary>Where a server that listens on an address can be reached from its own machine.</summary>
    private static IPAddress Reachable(IPAddress? address) =>
        address is null || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? IPAddress.Loopback : address;

    private static bool IsHere(AccountServer server) => server.SocketPath is not null || server.Url.Uri.IsLoopback;
}
