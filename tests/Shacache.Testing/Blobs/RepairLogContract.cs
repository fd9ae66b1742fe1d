using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Testing.Blobs;

/// <summary>The rules that every <see cref="IRepairLog"/> obeys. A backend inherits them.</summary>
public abstract class RepairLogContract : StoreContract
{
    private IRepairLog Log => Database.Repairs;

    private DateTimeOffset Now => Time.GetUtcNow();

    [Fact]
    public async Task NoteDamagedAsync_New_IsDueAtOnceAndSurvivesAnEnd()
    {
        await Log.NoteDamagedAsync(Blob(1), "its bytes are wrong", "/data/quarantine/1", Now, Token);
        await ReopenAsync();
        var expected = new DamagedBlob(Blob(1), "its bytes are wrong", "/data/quarantine/1", Now, null, 0, Now);
        Assert.Equal(expected, await Log.FindAsync(Blob(1), Token));
        Assert.Equal([expected], await Log.ListDueAsync(Now, 10, Token));
        Assert.Equal(new DamageTotals(1, 0), await Log.CountAsync(Token));
        Assert.Null(await Log.FindAsync(Blob(2), Token));
    }

    [Fact]
    public async Task PostponeAsync_SeveralTimes_IsCountedAndDueThen()
    {
        await Log.NoteDamagedAsync(Blob(1), "x", null, Now, Token);
        await Log.PostponeAsync(Blob(1), Now.AddMinutes(1), Token);
        await Log.PostponeAsync(Blob(1), Now.AddMinutes(5), Token);
        Assert.Empty(await Log.ListDueAsync(Now.AddMinutes(4), 10, Token));
        Assert.Equal(2, Assert.Single(await Log.ListDueAsync(Now.AddMinutes(5), 10, Token)).Attempts);
        await Log.HastenAsync(Now, Token);
        Assert.Single(await Log.ListDueAsync(Now, 10, Token));
    }

    [Fact]
    public async Task NoteHealedAsync_Damaged_IsOnceAndNoLongerDue()
    {
        await Log.NoteDamagedAsync(Blob(1), "x", null, Now, Token);
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(await Log.NoteHealedAsync(Blob(1), Now, Token));
        Assert.False(await Log.NoteHealedAsync(Blob(1), Now, Token));
        Assert.False(await Log.NoteHealedAsync(Blob(2), Now, Token));
        Assert.Equal(Now, (await Log.FindAsync(Blob(1), Token))?.HealedAt);
        Assert.Empty(await Log.ListDueAsync(Now.AddYears(1), 10, Token));
        Assert.Equal(new DamageTotals(0, 1), await Log.CountAsync(Token));
    }

    [Fact]
    public async Task NoteDamagedAsync_Again_ReplacesWhatWasKnown()
    {
        await Log.NoteDamagedAsync(Blob(1), "x", "/a", Now, Token);
        await Log.PostponeAsync(Blob(1), Now.AddDays(1), Token);
        Time.Advance(TimeSpan.FromMinutes(1));
        await Log.NoteDamagedAsync(Blob(1), "y", null, Now, Token);
        Assert.Equal(new DamagedBlob(Blob(1), "y", null, Now, null, 1, Now), await Log.FindAsync(Blob(1), Token));
        await Log.NoteHealedAsync(Blob(1), Now, Token);
        await Log.NoteDamagedAsync(Blob(1), "z", null, Now, Token);
        Assert.Equal(new DamagedBlob(Blob(1), "z", null, Now, null, 0, Now), await Log.FindAsync(Blob(1), Token));
        Assert.Equal(new DamageTotals(1, 0), await Log.CountAsync(Token));
    }

    [Fact]
    public async Task ListAsync_SomeHealed_TheOthersComeFirst()
    {
        for (int number = 0; number < 6; number++)
        {
            await Log.NoteDamagedAsync(Blob(number), "x", null, Now.AddMinutes(number), Token);
            if (number % 2 == 0)
                await Log.NoteHealedAsync(Blob(number), Now.AddMinutes(10), Token);
        }

        Assert.Equal([Blob(5), Blob(3), Blob(1), Blob(4)], (await Log.ListAsync(4, Token)).Select(blob => blob.Digest));
        Assert.Equal([Blob(1), Blob(3)], (await Log.ListDueAsync(Now.AddDays(1), 2, Token)).Select(blob => blob.Digest));
    }

    [Fact]
    public async Task ForgetAsync_Damaged_IsGone()
    {
        await Log.NoteDamagedAsync(Blob(1), "x", null, Now, Token);
        await Log.ForgetAsync(Blob(1), Token);
        await Log.ForgetAsync(Blob(2), Token);
        Assert.Equal(default, await Log.CountAsync(Token));
    }

    [Fact]
    public async Task NoteHealedAsync_AfterTheirTime_ForgetsWhatWasHealedBefore()
    {
        await Log.NoteDamagedAsync(Blob(1), "x", null, Now, Token);
        await Log.NoteHealedAsync(Blob(1), Now, Token);
        await Log.NoteDamagedAsync(Blob(2), "x", null, Now, Token);
        Time.Advance(IRepairLog.HealedKeep + TimeSpan.FromSeconds(1));
        await Log.NoteHealedAsync(Blob(2), Now, Token);
        Assert.Equal([Blob(2)], (await Log.ListAsync(10, Token)).Select(blob => blob.Digest));
    }

    [Fact]
    public async Task WritePassAsync_Twice_TheLastCounts()
    {
        Assert.Null(await Log.FindPassAsync(Token));
        var pass = new ScrubPass(Now, null, new BlobTotals(3, 5_000_000_000), 1);
        await Log.WritePassAsync(pass, Token);
        Assert.Equal(pass, await Log.FindPassAsync(Token));
        pass = pass with { EndedAt = Now.AddHours(1), Damaged = 2 };
        await Log.WritePassAsync(pass, Token);
        await ReopenAsync();
        Assert.Equal(pass, await Log.FindPassAsync(Token));
    }

    private static Digest Blob(int number) => Digest.Compute(BitConverter.GetBytes(number));
}
