using Shacache.Cli.Errors;
using Shacache.Client.Accounts;
using Shacache.Http.Accounts;

namespace Shacache.Cli.Commands.Options;

/// <summary>A server that runs on this machine.</summary>
internal static class RunningServer
{
    /// <summary>Finds it by its data folder.</summary>
    /// <exception cref="CommandFailedException">None runs there.</exception>
    public static AccountServer Find(string data)
    {
        string folder = Path.GetFullPath(data);
        string socket = Path.Combine(folder, AdminSocket.FileName);
        return Path.Exists(socket)
            ? AccountServer.AtSocket(socket)
            : throw new CommandFailedException(ExitCode.Error, $"no server runs on the data folder {folder}; name it with --data, or a server elsewhere with --url.");
    }
}
