using System.Net;
using Shacache.Cli.Errors;
using Shacache.Client.Errors;

namespace Shacache.Cli.Commands.Remotes;

/// <summary>What servers answer that have no remotes.</summary>
internal static class RemoteAnswers
{
    /// <exception cref="CommandFailedException">There is no such thing: exit code 3.</exception>
    public static async Task<T> ReadAsync<T>(Task<T> answer)
    {
        try
        {
            return await answer;
        }
        catch (NetworkCacheRefusedException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            throw new CommandFailedException(ExitCode.NotFound, e.Message, e);
        }
    }
}
