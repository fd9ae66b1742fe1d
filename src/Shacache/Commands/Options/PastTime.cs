using System.Globalization;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;

namespace Shacache.Cli.Commands.Options;

/// <summary>A time on a command line: as such, UTC without a zone; or how long ago.</summary>
internal static class PastTime
{
    /// <exception cref="CommandFailedException">It is no time.</exception>
    public static DateTimeOffset Read(string option, string text)
    {
        if (Duration.TryParse(text, out Duration ago))
            return TimeProvider.System.GetUtcNow() - ago.Time;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw new CommandFailedException(
                ExitCode.Usage, $"{option}: '{TextTable.Clean(text)}' is no time; write 2026-11-22, 2026-11-22T21:00Z, or how long ago, such as 2h or 7d.");
    }
}
