using System.Text;
using Shacache.Core.Accounts;

namespace Shacache.Testing.Accounts;

/// <summary>The rules that every <see cref="IAccountStore"/> obeys. A backend inherits them.</summary>
public abstract class AccountStoreContract : StoreContract
{
    private static readonly AccountName Build = AccountName.Create("build-1");
    private static readonly AccountName Other = AccountName.Create("build-2");
    private static readonly AccountRights Rights = new()
    {
        MayUpload = true,
        IndexPrefixes = ["slapos-buildout-", "é,= \\"],
        MayAdminister = true,
        MaxBytesPerDay = long.MaxValue,
    };

    private DailyUse? _uses;

    /// <summary>The store under test, empty at the beginning of each test.</summary>
    protected IAccountStore Store => Database.Accounts;

    /// <summary>The audit log beside it.</summary>
    protected IAuditLog Log => Database.AuditLog;

    /// <summary>What accounts use.</summary>
    protected DailyUse Uses => LazyInitializer.EnsureInitialized(ref _uses, () => new DailyUse(Store, Time));

    [Fact]
    public async Task FindAsync_Unknown_IsNull()
    {
        Assert.Null(await Store.FindAsync(Build, Token));
        Assert.Null(await Store.FindRequestAsync(Print("no"), Token));
        Assert.Null(await Store.FindCertificateAsync(Print("no"), Token));
        Assert.Null(await Store.FindCertificateByKeyAsync(Print("no"), Token));
        Assert.Null(await Store.FindTokenAsync(Print("no"), Token));
        Assert.Empty(await Store.ListAsync(Token));
        Assert.Empty(await Store.ListRequestsAsync(Token));
        Assert.Empty(await Store.ListCertificatesAsync(null, Token));
        Assert.Empty(await Store.ListTokensAsync(Build, Token));
    }

    [Fact]
    public async Task AddRequestAsync_TwoKeysOneName_BothWaitOldestFirst()
    {
        AccountRequest first = Request(Build, "key 1");
        Assert.Equal(AccountRequestAddition.Added, await AddAsync(first));
        Time.Advance(TimeSpan.FromMinutes(1));
        AccountRequest second = Request(Build, "key 2");
        Assert.Equal(AccountRequestAddition.Added, await AddAsync(second));
        await ReopenAsync();
        Assert.Equal([first, second], await Store.ListRequestsAsync(Token));
        Assert.Equal(second, await Store.FindRequestAsync(second.KeyFingerprint, Token));
    }

    [Fact]
    public async Task AddRequestAsync_SameKeyAgain_LeavesTheFirstAndRecordsNothing()
    {
        AccountRequest first = Request(Build, "key");
        await AddAsync(first);
        Assert.Equal(AccountRequestAddition.AlreadyPending, await AddAsync(Request(Other, "key")));
        Assert.Equal([first], await Store.ListRequestsAsync(Token));
        Assert.Single(await LinesAsync());
    }

    [Fact]
    public async Task AddRequestAsync_TooManyFromOneAddress_OthersMayStillAsk()
    {
        var limits = new AccountRequestLimits(4, 2, TimeSpan.FromDays(1));
        for (int i = 0; i < 2; i++)
            Assert.Equal(AccountRequestAddition.Added, await AddAsync(Request(Build, $"a{i}", "192.0.2.1"), limits));
        Assert.Equal(AccountRequestAddition.TooMany, await AddAsync(Request(Build, "a2", "192.0.2.1"), limits));
        Assert.Equal(AccountRequestAddition.AlreadyPending, await AddAsync(Request(Build, "a1", "192.0.2.1"), limits));
        Assert.Equal(AccountRequestAddition.Added, await AddAsync(Request(Build, "b", "192.0.2.2"), limits));
        Assert.Equal(AccountRequestAddition.Added, await AddAsync(Request(Build, "c", "192.0.2.3"), limits));
        Assert.Equal(AccountRequestAddition.TooMany, await AddAsync(Request(Build, "d", "192.0.2.4"), limits));
        Assert.Equal(4, (await LinesAsync()).Count);

        Time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromMilliseconds(1));
        Assert.Equal(AccountRequestAddition.Added, await AddAsync(Request(Build, "a2", "192.0.2.1"), limits));
        Assert.Single(await Store.ListRequestsAsync(Token));
    }

    [Fact]
    public async Task AddRequestAsync_ManyAtOnce_NoMoreThanAllowed()
    {
        var limits = new AccountRequestLimits(10, 100, TimeSpan.FromDays(1));
        AccountRequestAddition[] additions = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(number => Task.Run(() => AddAsync(Request(Build, $"key {number}"), limits), Token)));
        Assert.Equal(10, additions.Count(addition => addition == AccountRequestAddition.Added));
        Assert.Equal(10, (await Store.ListRequestsAsync(Token)).Count);
    }

    [Fact]
    public async Task RejectAsync_Waiting_IsGoneAndRecorded()
    {
        await AddAsync(Request(Build, "key"));
        Assert.True(await Store.RejectAsync(Print("key"), Audit(AuditAction.Reject), Token));
        Assert.False(await Store.RejectAsync(Print("key"), Audit(AuditAction.Reject), Token));
        Assert.Empty(await Store.ListRequestsAsync(Token));
        Assert.Equal([AuditAction.Reject, AuditAction.Request], (await LinesAsync()).Select(line => line.Action));
        Assert.Equal(AccountRequestAddition.Added, await AddAsync(Request(Build, "key")));
    }

    [Fact]
    public async Task ApproveAsync_Waiting_MakesAccountAndCertificateInOneStep()
    {
        await AddAsync(Request(Build, "key"));
        AccountCertificate certificate = Certificate(Build, "key", "certificate");
        DateTimeOffset now = Time.GetUtcNow();
        Assert.True(await Store.ApproveAsync(certificate, Rights, Audit(AuditAction.Approve), Token));
        await ReopenAsync();

        Assert.Empty(await Store.ListRequestsAsync(Token));
        var expected = new Account(Build, Rights, now);
        Assert.Equal(expected, await Store.FindAsync(Build, Token));
        Assert.Equal([expected], await Store.ListAsync(Token));
        Assert.Equal(certificate, await Store.FindCertificateAsync(certificate.Fingerprint, Token));
        Assert.Equal(certificate, await Store.FindCertificateByKeyAsync(certificate.KeyFingerprint, Token));
        Assert.Equal([AuditAction.Approve, AuditAction.Request], (await LinesAsync()).Select(line => line.Action));
    }

    [Fact]
    public async Task ApproveAsync_NothingWaits_ChangesAndRecordsNothing()
    {
        Assert.False(await Store.ApproveAsync(Certificate(Build, "key", "certificate"), Rights, Audit(AuditAction.Approve), Token));
        Assert.Null(await Store.FindAsync(Build, Token));
        Assert.Empty(await Store.ListCertificatesAsync(null, Token));
        Assert.Empty(await LinesAsync());
    }

    [Fact]
    public async Task ApproveAsync_ManyAtOnce_OneSucceeds()
    {
        await AddAsync(Request(Build, "key"));
        bool[] approved = await Task.WhenAll(Enumerable.Range(0, 16).Select(number => Task.Run(
            async () => await Store.ApproveAsync(Certificate(Build, "key", $"certificate {number}"), Rights, Audit(AuditAction.Approve), Token), Token)));
        Assert.Single(approved, true);
        Assert.Single(await Store.ListCertificatesAsync(Build, Token));
        Assert.Equal(2, (await LinesAsync()).Count);
    }

    [Fact]
    public async Task SetRightsAsync_AnyRights_ComeBack()
    {
        AccountRights[] all = [AccountRights.None, AccountRights.Uploader, Rights, new() { IndexPrefixes = ["a", ""] }, new() { MaxBytesPerDay = 0 }];
        DateTimeOffset createdAt = Time.GetUtcNow();
        foreach (AccountRights rights in all)
        {
            Account account = await Store.SetRightsAsync(Build, rights, Audit(AuditAction.SetRights), Token);
            Assert.Equal(rights, account.Rights);
            Assert.Equal(createdAt, account.CreatedAt);
            Assert.Equal(account, await Store.FindAsync(Build, Token));
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(all.Length, (await LinesAsync()).Count);
    }

    [Fact]
    public async Task RevokeAsync_Account_TakesItsCertificatesAndTokensAlong()
    {
        await ApproveAsync(Build, "key", "certificate");
        await ApproveAsync(Other, "other key", "other certificate");
        AccountToken token = NewToken(Build, "secret");
        await Store.AddTokenAsync(token, Audit(AuditAction.AddToken), Token);
        Time.Advance(TimeSpan.FromHours(1));
        DateTimeOffset revokedAt = Time.GetUtcNow();
        Assert.True(await Store.RevokeAsync(Build, Audit(AuditAction.Revoke), Token));
        Time.Advance(TimeSpan.FromHours(1));
        Assert.True(await Store.RevokeAsync(Build, Audit(AuditAction.Revoke), Token));
        await ReopenAsync();

        Account account = (await Store.FindAsync(Build, Token))!;
        Assert.Equal((revokedAt, Time.GetUtcNow()), (account.RevokedAt, account.DistrustedBefore));
        Assert.Equal(revokedAt, (await Store.FindCertificateAsync(Print("certificate"), Token))?.RevokedAt);
        Assert.Equal(revokedAt, (await Store.FindTokenAsync(Print("secret"), Token))?.RevokedAt);
        Assert.False((await Store.FindAsync(Other, Token))!.IsRevoked);
        Assert.Null((await Store.FindCertificateAsync(Print("other certificate"), Token))?.RevokedAt);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1000)]
    public async Task RevokeAsync_AccountWithoutRights_InTheMomentItWasMadeOrBefore_WasAnAccount(int milliseconds)
    {
        DateTimeOffset at = Time.GetUtcNow();
        await Store.SetRightsAsync(Build, AccountRights.None, Audit(AuditAction.SetRights), Token);
        AuditEntry audit = Audit(AuditAction.Revoke) with { At = at.AddMilliseconds(milliseconds) };
        Assert.True(await Store.RevokeAsync(Build, audit, Token));
        Assert.True(await Store.RevokeAsync(Build, audit, Token));
        Assert.True((await Store.FindAsync(Build, Token))!.IsRevoked);
    }

    [Fact]
    public async Task RevokeAsync_NameWithoutAccount_IsRevokedFromNowOn()
    {
        Assert.False(await Store.RevokeAsync(Build, Audit(AuditAction.Revoke), Token));
        Account account = (await Store.FindAsync(Build, Token))!;
        Assert.Equal(new Account(Build, AccountRights.None, Time.GetUtcNow(), Time.GetUtcNow(), Time.GetUtcNow()), account);
        Assert.Single(await LinesAsync());

        Time.Advance(TimeSpan.FromHours(1));
        Assert.False(await Store.RevokeAsync(Build, Audit(AuditAction.Revoke), Token));
    }

    [Fact]
    public async Task RevokedAccount_GetsNothingNewUntilItIsApprovedAnew()
    {
        await ApproveAsync(Build, "key", "certificate");
        Time.Advance(TimeSpan.FromSeconds(1));
        DateTimeOffset revokedAt = Time.GetUtcNow();
        await Store.RevokeAsync(Build, Audit(AuditAction.Revoke), Token);
        Assert.False(await Store.AddCertificateAsync(Certificate(Build, "key", "renewed"), Audit(AuditAction.Renew), Token));
        Assert.False(await Store.AddTokenAsync(NewToken(Build, "secret"), Audit(AuditAction.AddToken), Token));
        Assert.True((await Store.SetRightsAsync(Build, AccountRights.None, Audit(AuditAction.SetRights), Token)).IsRevoked);
        Assert.Equal(
            [AuditAction.SetRights, AuditAction.Revoke, AuditAction.Approve, AuditAction.Request], (await LinesAsync()).Select(line => line.Action));

        Time.Advance(TimeSpan.FromHours(1));
        await ApproveAsync(Build, "new key", "new certificate");
        Account account = (await Store.FindAsync(Build, Token))!;
        Assert.False(account.IsRevoked);
        Assert.Equal(revokedAt, account.DistrustedBefore);
        Assert.Equal(revokedAt, (await Store.FindCertificateAsync(Print("certificate"), Token))?.RevokedAt);
        Assert.Null((await Store.FindCertificateAsync(Print("new certificate"), Token))?.RevokedAt);
    }

    [Fact]
    public async Task AddCertificateAsync_Renewal_BothAreKnownTheNewestFirst()
    {
        await ApproveAsync(Build, "key", "old");
        Assert.True(await Store.AddCertificateAsync(Certificate(Build, "key", "new"), Audit(AuditAction.Renew), Token));
        Assert.False(await Store.AddCertificateAsync(Certificate(Other, "other", "foreign"), Audit(AuditAction.Renew), Token));
        Assert.Equal([Print("new"), Print("old")], (await Store.ListCertificatesAsync(Build, Token)).Select(certificate => certificate.Fingerprint));
        Assert.Equal(Print("new"), (await Store.FindCertificateByKeyAsync(Print("key"), Token))?.Fingerprint);
        Assert.Empty(await Store.ListCertificatesAsync(Other, Token));
    }

    [Fact]
    public async Task RevokeCertificateAsync_OneOfTwo_LeavesTheOther()
    {
        await ApproveAsync(Build, "key", "old");
        await Store.AddCertificateAsync(Certificate(Build, "key", "new"), Audit(AuditAction.Renew), Token);
        DateTimeOffset revokedAt = Time.GetUtcNow();
        Assert.True(await Store.RevokeCertificateAsync(Print("old"), Audit(AuditAction.RevokeCertificate), Token));
        Time.Advance(TimeSpan.FromHours(1));
        Assert.True(await Store.RevokeCertificateAsync(Print("old"), Audit(AuditAction.RevokeCertificate), Token));
        Assert.False(await Store.RevokeCertificateAsync(Print("unknown"), Audit(AuditAction.RevokeCertificate), Token));
        Assert.Equal(revokedAt, (await Store.FindCertificateAsync(Print("old"), Token))?.RevokedAt);
        Assert.Null((await Store.FindCertificateAsync(Print("new"), Token))?.RevokedAt);
        Assert.False((await Store.FindAsync(Build, Token))!.IsRevoked);
    }

    [Fact]
    public async Task AddTokenAsync_AccountInForce_IsFoundByTheHashOfItsSecretOnly()
    {
        string secret = TokenSecret.Generate();
        AccountToken token = NewToken(Build, "x") with { SecretHash = TokenSecret.Hash(secret)! };
        Assert.False(await Store.AddTokenAsync(token, Audit(AuditAction.AddToken), Token));
        await ApproveAsync(Build, "key", "certificate");
        Assert.True(await Store.AddTokenAsync(token, Audit(AuditAction.AddToken), Token));
        await ReopenAsync();
        Assert.Equal(token, await Store.FindTokenAsync(TokenSecret.Hash(secret)!, Token));
        Assert.Null(await Store.FindTokenAsync(TokenSecret.Hash(TokenSecret.Generate())!, Token));
        Assert.Equal([token], await Store.ListTokensAsync(Build, Token));
        Assert.Equal([token], await Store.ListTokensAsync(null, Token));
        Assert.Empty(await Store.ListTokensAsync(Other, Token));
    }

    [Fact]
    public async Task RevokeTokenAsync_OneOfTwo_LeavesTheOther()
    {
        await ApproveAsync(Build, "key", "certificate");
        foreach (string secret in (string[])["one", "two"])
            await Store.AddTokenAsync(NewToken(Build, secret), Audit(AuditAction.AddToken), Token);
        DateTimeOffset revokedAt = Time.GetUtcNow();
        Assert.True(await Store.RevokeTokenAsync("id-one", Audit(AuditAction.RevokeToken), Token));
        Time.Advance(TimeSpan.FromHours(1));
        Assert.True(await Store.RevokeTokenAsync("id-one", Audit(AuditAction.RevokeToken), Token));
        Assert.False(await Store.RevokeTokenAsync("id-three", Audit(AuditAction.RevokeToken), Token));
        Assert.Equal(["id-two", "id-one"], (await Store.ListTokensAsync(Build, Token)).Select(token => token.Id));
        Assert.Equal(revokedAt, (await Store.FindTokenAsync(Print("one"), Token))?.RevokedAt);
        Assert.Null((await Store.FindTokenAsync(Print("two"), Token))?.RevokedAt);
    }

    [Fact]
    public async Task AddUseAsync_UpToTheQuota_ThenNoByteMore()
    {
        DateOnly day = new(2026, 1, 2);
        Assert.Equal(new AccountUse(true, 60), await Uses.AddAsync(Build, day, 60, 100, Token));
        Assert.Equal(new AccountUse(false, 60), await Uses.AddAsync(Build, day, 41, 100, Token));
        Assert.Equal(new AccountUse(true, 100), await Uses.AddAsync(Build, day, 40, 100, Token));
        Assert.Equal(new AccountUse(false, 100), await Uses.AddAsync(Build, day, 1, 100, Token));
        Assert.Equal(new AccountUse(false, 100), await Uses.AddAsync(Build, day, long.MaxValue, 100, Token));
        Assert.Equal(new AccountUse(true, 100), await Uses.AddAsync(Build, day, 0, 100, Token));
        Assert.Equal(new AccountUse(true, 70), await Uses.AddAsync(Build, day, -30, 100, Token));
        Assert.Equal(new AccountUse(true, 170), await Uses.AddAsync(Build, day, 100, null, Token));
        Assert.Equal(new AccountUse(true, 100), await Uses.AddAsync(Other, day, 100, 100, Token));
        Assert.Equal(new AccountUse(true, 100), await Uses.AddAsync(Build, day.AddDays(1), 100, 100, Token));
        Assert.Equal(new AccountUse(true, 0), await Uses.AddAsync(Build, day, long.MinValue, 100, Token));
        Assert.Equal(new AccountUse(true, 0), await Uses.AddAsync(Build, day, -1, 100, Token));
    }

    [Fact]
    public async Task AddUseAsync_ManyAtOnce_NeverBeyondTheQuota()
    {
        DateOnly day = new(2026, 1, 2);
        AccountUse[] uses = await Task.WhenAll(
            Enumerable.Range(0, 200).Select(_ => Task.Run(async () => await Uses.AddAsync(Build, day, 7, 700, Token), Token)));
        Assert.Equal(100, uses.Count(use => use.Accepted));
        Assert.Equal(new AccountUse(false, 700), await Uses.AddAsync(Build, day, 1, 700, Token));
    }

    [Fact]
    public async Task AddUseAsync_Reopened_GoesOnWhereItWas()
    {
        DateOnly day = new(2026, 1, 2);
        await Uses.AddAsync(Build, day, 60, 100, Token);
        await EndAsync();
        await ReopenAsync();
        Assert.Equal(new AccountUse(false, 60), await Uses.AddAsync(Build, day, 41, 100, Token));
        await Uses.AddAsync(Build, day, -20, 100, Token);
        await EndAsync();
        await ReopenAsync();
        Assert.Equal(new AccountUse(true, 81), await Uses.AddAsync(Build, day, 41, 100, Token));
    }

    protected override async Task EndAsync()
    {
        if (_uses is not null)
            await _uses.DisposeAsync();
        _uses = null;
    }

    private static Fingerprint Print(string text) => Fingerprint.Of(Encoding.UTF8.GetBytes(text));

    private AuditEntry Audit(AuditAction action) => new(Time.GetUtcNow(), AuditEntry.Operator, action, Build.Value, "local");

    private AccountRequest Request(AccountName name, string key, string from = "192.0.2.1") =>
        new(name, Print(key), $"-----BEGIN CERTIFICATE REQUEST-----\n{key}\n", Time.GetUtcNow(), from);

    private AccountCertificate Certificate(AccountName account, string key, string certificate) =>
        new(account, Print(certificate), Print(key), "40AF", Time.GetUtcNow(), Time.GetUtcNow().AddDays(90), $"-----BEGIN CERTIFICATE-----\n{certificate}\n");

    private AccountToken NewToken(AccountName account, string secret) =>
        new($"id-{secret}", account, Print(secret), Time.GetUtcNow(), Time.GetUtcNow().AddDays(30));

    private async Task<AccountRequestAddition> AddAsync(AccountRequest request, AccountRequestLimits? limits = null) =>
        await Store.AddRequestAsync(request, limits ?? AccountRequestLimits.Default, Audit(AuditAction.Request), Token);

    private async Task ApproveAsync(AccountName account, string key, string certificate)
    {
        await AddAsync(Request(account, key));
        Assert.True(await Store.ApproveAsync(Certificate(account, key, certificate), Rights, Audit(AuditAction.Approve), Token));
    }

    private async Task<List<AuditEntry>> LinesAsync()
    {
        List<AuditEntry> lines = [];
        await foreach (AuditRecord line in Log.ReadAsync(new AuditQuery(), Token))
            lines.Add(line.Entry);
        return lines;
    }
}
