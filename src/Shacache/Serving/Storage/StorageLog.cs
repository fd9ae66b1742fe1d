using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;

namespace Shacache.Cli.Serving.Storage;

/// <summary>Messages of what the server does with its stores. Event ids: from 5010.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(5013, LogLevel.Error, "Object {Digest}, which was damaged, cannot be had again for now: {Problem}. It is tried again later; an upload brings it back, too")]
    public static partial void ObjectLost(ILogger logger, Digest digest, string problem);

    [LoggerMessage(5014, LogLevel.Error, "The scrub could not compare an object; it is tried again: {Problem}")]
    public static partial void ScrubFailed(ILogger logger, string problem);

    [LoggerMessage(5015, LogLevel.Error, "Damaged objects could not be brought back; it is tried again: {Problem}")]
    public static partial void HealingFailed(ILogger logger, string problem);

    [LoggerMessage(5020, LogLevel.Information, "Room was made: {Count} objects of {Bytes} bytes, those not used for the longest time, were removed")]
    public static partial void RoomMade(ILogger logger, long count, long bytes);

    [LoggerMessage(5021, LogLevel.Warning,
        "Uploads are refused: the store is above max-store-size, and all of it was stored or asked for within evict-grace; raise the one or lower the other")]
    public static partial void StoreExhausted(ILogger logger);

    [LoggerMessage(5022, LogLevel.Warning,
        "Uploads are refused: the file system of the data folder has less free space than min-free-space, and nothing is stored that may go; make room on it")]
    public static partial void DiskExhausted(ILogger logger);

    [LoggerMessage(5023, LogLevel.Information, "Uploads are accepted again: there is room")]
    public static partial void RoomAgain(ILogger logger);

    [LoggerMessage(5024, LogLevel.Error, "Room could not be made; it is tried again: {Problem}")]
    public static partial void RoomFailed(ILogger logger, string problem);

    [LoggerMessage(5025, LogLevel.Information, "The server did not end in order the last time: its index of objects is compared with the files")]
    public static partial void IndexInDoubt(ILogger logger);

    [LoggerMessage(5026, LogLevel.Information, "The index agrees with the files: {Count} objects of {Bytes} bytes")]
    public static partial void IndexRebuilt(ILogger logger, long count, long bytes);

    [LoggerMessage(5027, LogLevel.Error, "The index was not compared with all files; 'shacache admin reindex' or the next start does it: {Problem}")]
    public static partial void IndexNotRebuilt(ILogger logger, string problem);

    [LoggerMessage(5028, LogLevel.Error, "The database is away; it is tried every second: {Problem}")]
    public static partial void DatabaseAway(ILogger logger, string problem);

    [LoggerMessage(5029, LogLevel.Information, "The database is back")]
    public static partial void DatabaseBack(ILogger logger);

    [LoggerMessage(5032, LogLevel.Error, "The object store of content cannot be used; it is tried again: {Problem}")]
    public static partial void ContentAway(ILogger logger, string problem);

    [LoggerMessage(5033, LogLevel.Information, "The object store of content is back")]
    public static partial void ContentBack(ILogger logger);

    [LoggerMessage(5030, LogLevel.Information, "Cleaned up: {Removed}")]
    public static partial void CleanedUp(ILogger logger, string removed);

    [LoggerMessage(5031, LogLevel.Error, "The clean-up did not go to its end; it is tried again tomorrow, or by 'shacache admin gc': {Problem}")]
    public static partial void CleanUpFailed(ILogger logger, string problem);
}
