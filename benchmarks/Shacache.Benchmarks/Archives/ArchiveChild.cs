using System.Globalization;
using Shacache.Client.Archives;

namespace Shacache.Benchmarks.Archives;

/// <summary>What the benchmark starts as a process of its own, so that time and memory are those of one archive and nothing else.</summary>
internal static class ArchiveChild
{
    /// <summary>The first argument; then <c>create FOLDER FILE</c>, or <c>extract FILE TARGET</c>, or <c>extract-flushed FILE TARGET</c>.</summary>
    public const string Name = "archive-child";

    /// <summary>Archives or extracts, then prints the bytes of the files.</summary>
    public static async Task<int> RunAsync(string work, string from, string to)
    {
        // As the commands do (CommandThreads).
        AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);
        ThreadPool.SetMinThreads(8, 8);
        long contentBytes;
        if (work == "create")
        {
            await using FileStream archive = File.Create(to, bufferSize: 0);
            contentBytes = (await new SoftwareArchiver().WriteAsync(from, archive, null, CancellationToken.None)).ContentBytes;
        }
        else
        {
            var options = new ExtractionOptions { FlushToDisk = work == "extract-flushed" };
            await using FileStream archive = new(from, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            contentBytes = (await new SoftwareExtractor(options).ExtractAsync(archive, to, null, CancellationToken.None)).ContentBytes;
        }

        Console.Out.Write(contentBytes.ToString(CultureInfo.InvariantCulture));
        return 0;
    }
}
