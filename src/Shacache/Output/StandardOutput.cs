using Microsoft.Win32.SafeHandles;
using Shacache.Core.Messages;

namespace Shacache.Cli.Output;

/// <summary>The standard output: as a stream of bytes, and as what texts are printed to. Both say whose fault it is when it cannot be written.</summary>
internal static class StandardOutput
{
    private const int BrokenPipe = 32;

    /// <summary>As many as Linux follows.</summary>
    private const int MaxLinks = 40;

    /// <summary>Opens it for bytes, unbuffered.</summary>
    /// <remarks>
    /// The console's own stream hides that the pipe is no longer read, and a whole object would be fetched for nothing. A file, in
    /// turn, is written by the console's stream, which moves the position that it shares with the commands before and after.
    /// </remarks>
    /// <exception cref="IOException">It is closed.</exception>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();
        try
        {
            var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            return new StandardOutputStream(pipe.CanSeek ? Console.OpenStandardOutput() : pipe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StandardOutputStream.Explain(e);
        }
    }

    /// <summary>Has everything that is printed go through <see cref="StandardOutputStream"/>.</summary>
    public static void GuardConsole()
    {
        // A reader that went away is no trouble for a few lines of text: the console's stream knows that.
        Console.SetOut(new StreamWriter(new StandardOutputStream(Console.OpenStandardOutput()), Console.OutputEncoding) { AutoFlush = true });
    }

    /// <summary>Where to say what became of the content that was written to a file: beside the content where the file is the standard output itself.</summary>
    /// <param name="paths">The names that were given; links are followed.</param>
    public static TextWriter ReportOf(params IEnumerable<string?> paths) => paths.Any(path => path is not null && IsNamedBy(path)) ? Console.Error : Console.Out;

    private static bool IsNamedBy(string path)
    {
        string name = Path.GetFullPath(path);
        for (int links = 0; links < MaxLinks; links++)
        {
            if (name is "/proc/self/fd/1" or "/proc/thread-self/fd/1" or "/dev/fd/1" || name == $"/proc/{Environment.ProcessId}/fd/1")
                return true;
            if (new FileInfo(name).LinkTarget is not { } target)
                return false;
            name = Path.GetFullPath(target, Path.GetDirectoryName(name)!);
        }

        return false;
    }

    /// <summary>Whether an exception means that the reader of the pipe has gone away.</summary>
    public static bool IsClosedByReader(Exception exception) => exception is IOException { HResult: BrokenPipe } && !OperatingSystem.IsWindows();
}

/// <summary>Writes to the standard output; a failure says that it was this, which the system's words do not.</summary>
internal sealed class StandardOutputStream(Stream output) : WriteOnlyStream
{
    /// <summary>What the person at the terminal is to know.</summary>
    public static Exception Explain(Exception failure) => StandardOutput.IsClosedByReader(failure)
        ? failure
        : new IOException($"the standard output cannot be written: {(failure is UnauthorizedAccessException ? "it is closed" : FileTrouble.Explain(failure))}.", failure);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            output.Write(buffer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e);
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await output.WriteAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Explain(e);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => output.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            output.Dispose();
        base.Dispose(disposing);
    }
}
