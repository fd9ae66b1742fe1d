using System.Globalization;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages.Details;

/// <summary>The page of an account, for administrators: what it may do, its credentials, and what it did.</summary>
internal sealed class AccountPage(IAccountStore accounts, IAuditLog log, TimeProvider time)
{
    private const int MaxLines = 50;
    private const int MaxCredentials = 20;

    /// <returns>Null when there is neither an account of the name nor anything that it did.</returns>
    public async ValueTask<Html?> RenderAsync(PageVisitor visitor, AccountName name, string beyond, CancellationToken cancellationToken)
    {
        Account? account = await accounts.FindAsync(name, cancellationToken);
        List<AuditRecord> lines = [];
        var query = new AuditQuery { Actor = name.Value, Beyond = long.TryParse(beyond, NumberStyles.None, CultureInfo.InvariantCulture, out long position) ? position : null };
        await foreach (AuditRecord line in log.ReadAsync(query, cancellationToken))
        {
            lines.Add(line);
            if (lines.Count > MaxLines)
                break;
        }

        if (account is null && lines.Count == 0)
            return null;
        DateTimeOffset now = time.GetUtcNow();
        Html about = account is null
            ? Html.Of($"<p class=\"lead\">There is no account of this name any more, or its certificate was made elsewhere.</p>")
            : await DescribeAsync(account, now, cancellationToken);
        return PageFrame.Render(visitor, name.Value, Html.Of($"""
            <h1>Account {Html.Foreign(name.Value)}</h1>
            {about}
            <h2>What it did</h2>
            {(lines.Count == 0 ? Html.Of($"<p class=\"aside\">Nothing yet.</p>") : Html.Of($"<ul class=\"rows\">{lines.Take(MaxLines).Select(line => Row(line.Entry, now))}</ul>"))}
            {(lines.Count > MaxLines ? Html.Of($"<p><a href=\"{PageLink.For(name, lines[MaxLines - 1].Position)}\">Older</a></p>") : Html.None)}
            """));
    }

    private async ValueTask<Html> DescribeAsync(Account account, DateTimeOffset now, CancellationToken cancellationToken)
    {
        IReadOnlyList<AccountCertificate> certificates = await accounts.ListCertificatesAsync(account.Name, cancellationToken);
        IReadOnlyList<AccountToken> tokens = await accounts.ListTokensAsync(account.Name, cancellationToken);
        long used = await accounts.FindUseAsync(account.Name, DateOnly.FromDateTime(now.UtcDateTime), cancellationToken);
        string quota = account.Rights.MaxBytesPerDay is { } max ? $" of {Words.Size(max)}" : "";
        return Html.Of($"""
            <p class="lead">{(account.RevokedAt is { } end ? Html.Of($"<span class=\"state bad\">Revoked</span> {Words.Time(end, now)}") : Html.Of($"<span class=\"state good\">In force</span>"))}</p>
            <dl class="facts">
            <dt>May</dt><dd>{Html.Foreign(account.Rights.ToString(), 2000)}</dd>
            <dt>Made</dt><dd>{Words.Time(account.CreatedAt, now)}</dd>
            <dt>Uploaded today</dt><dd>{Words.Size(used)}{quota}</dd>
            </dl>
            <h2>Certificates and tokens</h2>
            <ul class="rows">
            {certificates.Take(MaxCredentials).Select(one => Credential("Certificate", one.Fingerprint.Value, one.NotAfter, one.RevokedAt, now))}
            {tokens.Take(MaxCredentials).Select(one => Credential("Token", one.Id, one.ExpiresAt, one.RevokedAt, now))}
            </ul>
            """);
    }

    private static Html Credential(string kind, string name, DateTimeOffset end, DateTimeOffset? revokedAt, DateTimeOffset now)
    {
        Html state = revokedAt is { } time
            ? Html.Of($"<span class=\"state bad\">revoked</span> {Words.Time(time, now)}")
            : end < now ? Html.Of($"<span class=\"state warn\">expired</span> {Words.Time(end, now)}") : Html.Of($"valid until {Words.Time(end, now)}");
        return Html.Of($"<li class=\"row\"><span>{kind} {Html.Code(name, 64)}</span><span>{state}</span></li>");
    }

    private static Html Row(AuditEntry line, DateTimeOffset now) => Html.Of(
        $"<li class=\"row\"><span>{AuditWords.WordFor(line.Action)} {Subject(line)} <span class=\"aside\">{Html.Foreign(line.Detail, 60)} from {Html.Foreign(line.From, 80)}</span></span><span>{Words.Time(line.At, now)}</span></li>");

    private static Html Subject(AuditEntry line) => line.Action switch
    {
        AuditAction.Upload when Digest.TryParse(line.Subject, out Digest digest) => Html.Of($"<a href=\"{PageLink.For(digest)}\"><code>{digest.ToString()[..16]}…</code></a>"),
        AuditAction.Index when EntryKey.TryCreate(line.Subject, out EntryKey? key, out _) => Html.Of($"<a href=\"{PageLink.For(key)}\">{Html.Code(key.Value, 160)}</a>"),
        _ => Html.Foreign(line.Subject, 160),
    };
}
