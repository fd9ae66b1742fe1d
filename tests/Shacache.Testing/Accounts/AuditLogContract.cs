using Shacache.Core.Accounts;

namespace Shacache.Testing.Accounts;

/// <summary>The rules that every <see cref="IAuditLog"/> obeys. A backend inherits them.</summary>
public abstract class AuditLogContract : StoreContract
{
    private static readonly string Digest = Core.Blobs.Digest.Empty.ToString();

    private AuditNotes? _notes;

    /// <summary>The log under test, empty at the beginning of each test.</summary>
    protected IAuditLog Log => Database.AuditLog;

    /// <summary>What is noted for the log.</summary>
    protected AuditNotes Notes => LazyInitializer.EnsureInitialized(ref _notes, () => new AuditNotes(Log, Time));

    [Theory]
    [InlineData("build-1", "build-1", "192.0.2.1", "")]
    [InlineData("(operator)", "file-urlmd5:0123", "local", "rights upload,index")]
    [InlineData("é日本😀", "key with spaces and ü", "2001:db8::1", "'\"\\;--\n")]
    [InlineData("", "", "", "")]
    [InlineData("0", "1.0", "1e3", "0x10")]
    public async Task NoteAsync_AnyTexts_ComeBackCharacterForCharacter(string actor, string subject, string from, string detail)
    {
        var entry = new AuditEntry(Time.GetUtcNow(), actor, AuditAction.Index, subject, from, detail);
        await Notes.NoteAsync(entry, Token);
        await EndAsync();
        await ReopenAsync();
        Assert.Equal(entry, Assert.Single(await ReadAsync(new AuditQuery())).Entry);
        Assert.Single(await ReadAsync(new AuditQuery { Actor = actor, Subject = subject, Action = AuditAction.Index }));
    }

    [Fact]
    public async Task NoteAsync_Digests_ComeBackAsTheyWereWritten()
    {
        string[] subjects = [Digest, Digest.ToUpperInvariant(), Digest[1..], new('g', Digest.Length)];
        foreach (string subject in subjects)
            await Notes.NoteAsync(Line("a", AuditAction.Upload, subject), Token);
        Assert.Equal(subjects.Reverse(), (await ReadAsync(new AuditQuery())).Select(line => line.Entry.Subject));
        foreach (string subject in subjects)
            Assert.Equal(subject, Assert.Single(await ReadAsync(new AuditQuery { Subject = subject })).Entry.Subject);
    }

    [Fact]
    public async Task ReadAsync_EveryAction_IsTheNumberItAlwaysWas()
    {
        (AuditAction Action, int Number)[] all =
        [
            (AuditAction.Request, 1), (AuditAction.Approve, 2), (AuditAction.Reject, 3), (AuditAction.Renew, 4), (AuditAction.Revoke, 5),
            (AuditAction.RevokeCertificate, 6), (AuditAction.SetRights, 7), (AuditAction.AddToken, 8), (AuditAction.RevokeToken, 9),
            (AuditAction.Upload, 10), (AuditAction.Index, 11), (AuditAction.Forget, 12), (AuditAction.Restore, 17),
        ];
        Assert.Equal(Enum.GetValues<AuditAction>(), all.Select(pair => pair.Action));
        foreach ((AuditAction action, int number) in all)
        {
            Assert.Equal(number, (int)action);
            await Notes.NoteAsync(Line("a", action, "s"), Token);
        }

        Assert.Equal(all.Select(pair => pair.Action), (await ReadAsync(new AuditQuery { NewestFirst = false })).Select(line => line.Entry.Action));
    }

    [Fact]
    public async Task ReadAsync_MoreThanAPage_GivesEachOnceInBothOrders()
    {
        const int Count = 600;
        await Task.WhenAll(Enumerable.Range(0, Count).Select(number => Notes.NoteAsync(Line("a", AuditAction.Upload, $"s{number}"), Token).AsTask()));
        List<AuditRecord> oldest = await ReadAsync(new AuditQuery { NewestFirst = false });
        Assert.Equal(Count, oldest.Select(line => line.Entry.Subject).Distinct().Count());
        Assert.Equal(oldest.Select(line => line.Position).Order().Distinct(), oldest.Select(line => line.Position));
        Assert.Equal(oldest.AsEnumerable().Reverse(), await ReadAsync(new AuditQuery()));

        Assert.Equal(oldest[301..], await ReadAsync(new AuditQuery { NewestFirst = false, Beyond = oldest[300].Position }));
        Assert.Equal(oldest[..300].AsEnumerable().Reverse(), await ReadAsync(new AuditQuery { Beyond = oldest[300].Position }));
    }

    [Fact]
    public async Task ReadAsync_EachFilter_GivesWhatFitsAllOfThem()
    {
        DateTimeOffset start = Time.GetUtcNow();
        for (int number = 0; number < 24; number++)
        {
            await Notes.NoteAsync(Line($"actor{number % 2}", number % 3 == 0 ? AuditAction.Index : AuditAction.Upload, $"subject{number % 4}"), Token);
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        AuditQuery[] queries =
        [
            new() { Actor = "actor1" },
            new() { Subject = "subject2" },
            new() { Action = AuditAction.Index },
            new() { Since = start.AddSeconds(5) },
            new() { Before = start.AddSeconds(5) },
            new() { Actor = "actor1", Subject = "subject3", Action = AuditAction.Index, Since = start.AddSeconds(4), Before = start.AddSeconds(20) },
            new() { Actor = "actor1", Subject = "subject2" },
            new() { Actor = "actor" },
            new() { Subject = "subject" },
        ];
        List<AuditRecord> all = await ReadAsync(new AuditQuery());
        foreach (AuditQuery query in queries)
        {
            List<AuditRecord> expected = [.. all.Where(line => Fits(line.Entry, query))];
            Assert.Equal(expected, await ReadAsync(query));
            Assert.Equal(expected.AsEnumerable().Reverse(), await ReadAsync(query with { NewestFirst = false }));
        }

        Assert.Equal([12, 6, 8, 19, 5, 1, 0, 0, 0], queries.Select(query => all.Count(line => Fits(line.Entry, query))));
    }

    [Fact]
    public async Task NoteAsync_Lines_AreReadAtOnceInTheirOrderAndStay()
    {
        for (int number = 0; number < 1000; number++)
            await Notes.NoteAsync(Line("a", AuditAction.Upload, $"s{number}"), Token);
        Assert.Equal(Enumerable.Range(0, 1000).Select(number => $"s{number}"), (await ReadAsync(new AuditQuery { NewestFirst = false })).Select(line => line.Entry.Subject));
        await EndAsync();
        await ReopenAsync();
        Assert.Equal(1000, (await ReadAsync(new AuditQuery())).Count);
    }

    [Fact]
    public async Task NoteAsync_ManyWritersAndMoreThanThereIsRoomFor_NoLineIsLost()
    {
        await Parallel.ForAsync(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token }, async (writer, token) =>
        {
            for (int number = 0; number < 1000; number++)
                await Notes.NoteAsync(Line($"writer{writer}", AuditAction.Upload, $"{number}"), token);
        });
        await EndAsync();
        await ReopenAsync();
        List<AuditRecord> lines = await ReadAsync(new AuditQuery { NewestFirst = false });
        Assert.Equal(16_000, lines.Count);
        foreach (IGrouping<string, AuditRecord> group in lines.GroupBy(line => line.Entry.Actor))
            Assert.Equal(Enumerable.Range(0, 1000).Select(number => $"{number}"), group.Select(line => line.Entry.Subject));
    }

    [Fact]
    public async Task FlushAsync_NothingNoted_IsHarmless()
    {
        await Notes.FlushAsync(Token);
        Assert.Empty(await ReadAsync(new AuditQuery()));
    }

    protected AuditEntry Line(string actor, AuditAction action, string subject) => new(Time.GetUtcNow(), actor, action, subject, "192.0.2.1");

    protected async Task<List<AuditRecord>> ReadAsync(AuditQuery query)
    {
        await Notes.FlushAsync(Token);
        List<AuditRecord> lines = [];
        await foreach (AuditRecord line in Log.ReadAsync(query, Token))
            lines.Add(line);
        return lines;
    }

    protected override async Task EndAsync()
    {
        if (_notes is not null)
            await _notes.DisposeAsync();
        _notes = null;
    }

    private static bool Fits(AuditEntry entry, AuditQuery query) =>
        (query.Actor is null || entry.Actor == query.Actor) && (query.Subject is null || entry.Subject == query.Subject) &&
        (query.Action is null || entry.Action == query.Action) && (query.Since is null || entry.At >= query.Since) &&
        (query.Before is null || entry.At < query.Before);
}
