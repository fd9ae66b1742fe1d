using Microsoft.Extensions.Logging;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Core.Blobs;

namespace Shacache.Cli.Serving;

/// <summary>Messages of the program as a server. Event ids: 5000.</summary>
internal static partial class Log
{
    [LoggerMessage(5000, LogLevel.Information, "Listening on {Addresses}; the data are in {DataFolder}")]
    public static partial void Listening(ILogger logger, string addresses, string dataFolder);

    [LoggerMessage(5001, LogLevel.Information, "Stopping: running requests have {Timeout} to finish")]
    public static partial void Stopping(ILogger logger, Duration timeout);

    [LoggerMessage(5002, LogLevel.Warning, "Requests that were still running after {Timeout} were cut off")]
    public static partial void CutOff(ILogger logger, Duration timeout);

    [LoggerMessage(5003, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(5008, LogLevel.Warning, "The service manager cannot be told that the server is ready: {Problem}")]
    public static partial void ServiceManagerUnreached(ILogger logger, string problem);

    [LoggerMessage(5006, LogLevel.Critical, "The server has stopped, since its {Service} failed")]
    public static partial void ServiceFailed(ILogger logger, string service, Exception exception);

    [LoggerMessage(5004, LogLevel.Debug, "The operator's socket is {Path}")]
    public static partial void SocketOpen(ILogger logger, string path);

    [LoggerMessage(5010, LogLevel.Error, "The file of object {Digest} is damaged: {Reason}. It is now {Path}, and the object counts as not stored until an upload or an upstream brings it again")]
    public static partial void ObjectDamaged(ILogger logger, Digest digest, string reason, string path);

    [LoggerMessage(
        5011, LogLevel.Error, "The file of object {Digest} is damaged: {Reason}. It cannot be moved away; the object counts as not stored until an upload or an upstream brings it again")]
    public static partial void ObjectDamagedInPlace(ILogger logger, Digest digest, string reason);

    [LoggerMessage(5005, LogLevel.Warning, "There is no socket for the operator: {Problem}")]
    public static partial void NoSocket(ILogger logger, string problem);

    [LoggerMessage(5007, LogLevel.Warning,
        "max-connections is {Max} here instead of {Wanted}: the process may have {Limit} files and connections open at once; allow more (ulimit -n, LimitNOFILE= of a unit), or set max-connections")]
    public static partial void FewerConnections(ILogger logger, int max, int wanted, long limit);

    [LoggerMessage(5012, LogLevel.Information, "Object {Digest}, which was damaged, is whole again")]
    public static partial void ObjectHealed(ILogger logger, Digest digest);

    [LoggerMessage(5016, LogLevel.Error, "The file of object {Digest} is gone, though it was not removed through shacache; the object counts as not stored until an upload or an upstream brings it again")]
    public static partial void ObjectGone(ILogger logger, Digest digest);
}
