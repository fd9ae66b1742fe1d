using Shacache.Core.Messages;
using Shacache.Testing;

namespace Shacache.Core.Tests.Messages;

/// <summary>What .NET really throws, and what people are told of it.</summary>
public sealed class FileTroubleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Explain_WhatIsNotThereOrNoFile_SaysWhat()
    {
        Assert.Equal("there is no such file", Explain(_folder["missing"]));
        Assert.Equal($"there is no folder {_folder["missing"]}", Explain(_folder["missing", "file"]));
        Assert.Equal("it is a folder", Explain(_folder.Path));
        Assert.Equal("permission denied", FileTrouble.Explain(new UnauthorizedAccessException("Access to the path '/x' is denied."), "/x"));
        Assert.Equal("No space left on device", FileTrouble.Explain(new IOException("No space left on device : '/x/y'"), "/x/y"));
    }

    private static string Explain(string path) => FileTrouble.Explain(Record.Exception(() => File.ReadAllText(path))!, path);
}
