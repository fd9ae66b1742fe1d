namespace Shacache.Http.Accounts;

/// <summary>A change of accounts is not made. The message is one line: what was asked, what was found, what to do. Nothing has changed.</summary>
/// <param name="refusal">What kind of reason.</param>
/// <param name="message">The line.</param>
public sealed class AccountRefusedException(AccountRefusal refusal, string message) : Exception(message)
{
    /// <summary>What kind of reason.</summary>
    public AccountRefusal Refusal { get; } = refusal;
}
