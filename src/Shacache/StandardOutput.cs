using Microsoft.Win32.SafeHandles;

namespace Shacache.Cli;

/// <summary>The standard output as a stream of bytes.</summary>
internal static class StandardOutput
{
    private const int BrokenPipe = 32;

    /// <summary>Opens it for bytes, unbuffered.</summary>
    /// <remarks>
    /// The console's own stream swallows the news that nobody reads the pipe any more, and a whole object would be fetched for nothing. A file, in
    /// turn, is written by the console's stream, which moves the position that it shares with the commands before and after.
    /// </remarks>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();
        var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return pipe.CanSeek ? Console.OpenStandardOutput() : pipe;
    }

    /// <summary>Whether an exception means that the reader of the pipe has gone away.</summary>
    public static bool IsClosedByReader(Exception exception) => exception is IOException { HResult: BrokenPipe } && !OperatingSystem.IsWindows();
}
