using Shacache.Core.Accounts;

namespace Shacache.Core.Tests.Accounts;

public sealed class AuditWordsTests
{
    /// <summary>docs/protocol.md, "Accounts": they are in the answers of servers and never change.</summary>
    [Fact]
    public void All_AreThoseOfTheProtocol() => Assert.Equal(
        [
            "request", "approve", "reject", "renew", "revoke", "revoke-certificate", "set-rights", "add-token", "revoke-token", "upload", "index", "forget",
            "remove", "block", "unblock", "pin", "restore", "unpin", "clean-up",
        ],
        AuditWords.All);

    [Fact]
    public void TryParse_EachWord_GivesItsAction()
    {
        foreach (AuditAction action in Enum.GetValues<AuditAction>())
        {
            Assert.True(AuditWords.TryParse(AuditWords.WordFor(action), out AuditAction read, out _));
            Assert.Equal(action, read);
        }
    }

    [Fact]
    public void TryParse_OtherWord_SaysWhichThereAre()
    {
        Assert.False(AuditWords.TryParse("Upload", out _, out string? problem));
        Assert.StartsWith("'Upload' is no action: the actions are request, approve, ", problem, StringComparison.Ordinal);
    }
}
