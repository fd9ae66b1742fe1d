using System.Diagnostics;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Testing;
using Shacache.Testing.Entries;

namespace Shacache.Database.Sqlite.Tests;

/// <summary>A process that adds entries is killed at a random moment: what it saw acknowledged must be there afterwards.</summary>
public sealed class CrashTests : IDisposable
{
    private const string FolderVariable = "SHACACHE_TEST_CRASH_FOLDER";
    private const int Writers = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AddAsync_ProcessKilled_NoAcknowledgedEntryIsLost()
    {
        int lines = 0;
        for (int round = 0; round < 3; round++)
        {
            lines = await RunAndKillAsync(lines + 200 + Random.Shared.Next(300));
            await using SqliteDatabase database = await SqliteDatabase.OpenAsync(_folder["shacache.db"], TimeProvider.System, Token);
            HashSet<string> stored = [];
            await foreach (StoredEntry entry in database.Entries.EnumerateAsync(Token))
                stored.Add(entry.Key.Value);
            string[] acknowledged = await File.ReadAllLinesAsync(_folder["acknowledged"], Token);
            Assert.True(acknowledged.Length >= lines);
            // The last line may be cut off by the kill; the key in front of it is complete.
            Assert.DoesNotContain(acknowledged.SkipLast(1), key => !stored.Contains(key));
        }
    }

    /// <summary>The process to be killed: the test above runs this assembly again with this one test.</summary>
    [Fact(Explicit = true)]
    public async Task Child_AddsEntriesUntilItIsKilled()
    {
        string folder = Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException($"{FolderVariable} is not set.");
        await using SqliteDatabase database = await SqliteDatabase.OpenAsync(Path.Combine(folder, "shacache.db"), TimeProvider.System, Token);
        await using var acknowledged = new StreamWriter(Path.Combine(folder, "acknowledged"), append: true) { AutoFlush = true };
        using var end = new CancellationTokenSource(Patience);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                var key = EntryKey.Create(Guid.NewGuid().ToString());
                await database.Entries.AddAsync(key, EntryGenerators.Entry($$"""{"sha512": "{{Digest.Empty}}"}""", ""), CancellationToken.None);
                lock (acknowledged)
                    acknowledged.WriteLine(key.Value);
            }
        })));
    }

    /// <summary>Lets a child add entries until so many lines are acknowledged.</summary>
    /// <returns>How many there were when it was killed, at least.</returns>
    private async Task<int> RunAndKillAsync(int untilLines)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { "exec", typeof(CrashTests).Assembly.Location, "-noLogo", "-explicit", "only", "-method", $"*.{nameof(Child_AddsEntriesUntilItIsKilled)}" },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [FolderVariable] = _folder.Path },
        };
        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync(Token);
        Task<string> errors = child.StandardError.ReadToEndAsync(Token);
        int lines = 0;
        var clock = Stopwatch.StartNew();
        while (lines < untilLines && clock.Elapsed < Patience && !child.HasExited)
        {
            await Task.Delay(20, Token);
            lines = CountLines();
        }

        bool alive = !child.HasExited;
        child.Kill();
        await child.WaitForExitAsync(Token);
        string said = await output + await errors;
        Assert.True(alive && lines >= untilLines, $"{lines} lines after {clock.Elapsed}: {said}");
        return lines;
    }

    private int CountLines()
    {
        if (!File.Exists(_folder["acknowledged"]))
            return 0;
        using var file = new FileStream(_folder["acknowledged"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Count(c => c == '\n');
    }
}
