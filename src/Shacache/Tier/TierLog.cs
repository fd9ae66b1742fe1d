using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;

namespace Shacache.Cli.Tier;

/// <summary>What a local tier tells the operator.</summary>
internal static partial class TierLog
{
    [LoggerMessage(5080, LogLevel.Error, "There is no local tier until the next start; everything is read from the object store: {Problem}")]
    public static partial void NoTier(ILogger logger, string problem);

    [LoggerMessage(5081, LogLevel.Warning, "The copy of {Digest} in the local tier is damaged ({Reason}); it is read from the object store again")]
    public static partial void CopyDamaged(ILogger logger, Digest digest, string reason);

    [LoggerMessage(5082, LogLevel.Error, "The local tier could not be looked after; it is tried again: {Problem}")]
    public static partial void UpkeepFailed(ILogger logger, string problem);
}
