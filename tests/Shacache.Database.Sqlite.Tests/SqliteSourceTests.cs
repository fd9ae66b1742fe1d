using System.IO.Compression;
using SQLitePCL;
using Shacache.Testing;

namespace Shacache.Database.Sqlite.Tests;

/// <summary>The native program is linked with SQLite from its source, the other one gets it from a package: what is tested on the one must hold for the other.</summary>
public sealed class SqliteSourceTests
{
    [Fact]
    public void SourceOfTheNativeProgram_IsTheVersionOfThePackage()
    {
        Batteries_V2.Init();
        using var source = new StreamReader(new GZipStream(
            File.OpenRead(Path.Combine(Repository.Root, "third-party", "sqlite", "sqlite3.c.gz")), CompressionMode.Decompress));
        string? defined = null;
        while (defined is null && source.ReadLine() is { } line)
        {
            if (line.StartsWith("#define SQLITE_SOURCE_ID ", StringComparison.Ordinal))
                defined = line.Split('"')[1];
        }

        Assert.Equal(raw.sqlite3_sourceid().utf8_to_string(), defined);
    }
}
