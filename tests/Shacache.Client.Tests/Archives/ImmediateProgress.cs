using Shacache.Client.Archives;

namespace Shacache.Client.Tests.Archives;

/// <summary>Calls back at once, on the thread that reports; <see cref="Progress{T}"/> would do so some time later.</summary>
internal sealed class ImmediateProgress(Action<ArchiveProgress> react) : IProgress<ArchiveProgress>
{
    public void Report(ArchiveProgress value) => react(value);
}
