using System.Text;
using System.Text.RegularExpressions;

namespace Shacache.Core.Urls;

/// <summary>Finds what looks like a credential in URLs and other texts that others are going to read (docs/security.md, "Credentials in URLs").</summary>
/// <remarks>
/// Names and forms that are in use, not a proof that there is none: user and password before the host, parameters such as <c>access_token</c> and
/// <c>X-Amz-Signature</c>, and tokens that are known by how they begin. What is escaped is looked at unescaped, too.
/// </remarks>
public static partial class UrlSecrets
{
    private const string Shown = "***";
    private const int TimeoutMilliseconds = 1000;

    /// <summary>Parameters of these names, without anything but letters and digits, carry credentials.</summary>
    private static readonly HashSet<string> Names =
    [
        "auth", "authorization", "bearer", "credential", "credentials", "hdnea", "hdnts", "hmac", "jwt", "pass", "pw", "pwd", "sig", "sign",
    ];

    private static readonly string[] NameEnds =
    [
        "accesskey", "accesskeyid", "apikey", "credential", "jsessionid", "passphrase", "password", "passwd", "phpsessid", "privatekey", "secret",
        "secretkey", "sessionid", "signature", "token",
    ];

    /// <summary>The same of members of an entry, where <c>signature</c> and the like are no secrets.</summary>
    private static readonly string[] MemberEnds =
    [
        "accesskey", "apikey", "passphrase", "password", "passwd", "privatekey", "secret", "secretkey", "token",
    ];

    /// <summary>What in a text looks like a credential, in a few words that do not hold it; null when nothing does.</summary>
    public static string? Find(string text)
    {
        string? found = FindPlain(text);
        // A URL in a parameter of another one is escaped.
        return found is not null || !text.Contains('%') ? found : FindPlain(Uri.UnescapeDataString(text));
    }

    /// <summary>The same for a member of an entry, whose name counts, too.</summary>
    public static string? Find(string member, string value)
    {
        string name = Simplify(member);
        bool isSecret = value.Length > 0 && (name is "auth" or "authorization" or "pwd" || Array.Exists(MemberEnds, name.EndsWith));
        return isSecret ? "a value whose name is that of a secret" : Find(value);
    }

    /// <summary>The text with *** in the place of each credential: for messages and logs.</summary>
    public static string Redact(string text)
    {
        string redacted = UserInfo().Replace(text, match => IsSecret(match) ? $"{match.Groups["scheme"].Value}://{Shown}@" : match.Value);
        redacted = Parameter().Replace(redacted, match => IsSecretParameter(match)
            ? $"{match.Groups["separator"].Value}{match.Groups["name"].Value}={Shown}"
            : match.Value);
        redacted = Token().Replace(redacted, Shown);
        // What is still there is in an escaped part: better nothing of it.
        int parameters = redacted.AsSpan().IndexOfAny('?', '#');
        return Find(redacted) is null ? redacted : parameters >= 0 && Find(redacted[..parameters]) is null ? $"{redacted[..parameters]}{redacted[parameters]}{Shown}" : Shown;
    }

    private static string? FindPlain(string text)
    {
        if (UserInfo().Matches(text).Any(IsSecret))
            return "user and password";
        if (Parameter().Matches(text).FirstOrDefault(IsSecretParameter) is { } parameter)
            return $"the parameter {OneLine(parameter.Groups["name"].Value)}";
        return Token().IsMatch(text) ? "a token" : null;
    }

    /// <summary>A user alone may be a token where http is spoken; elsewhere, as in ssh://git@host, it is a name.</summary>
    private static bool IsSecret(Match userInfo)
    {
        string secret = userInfo.Groups["info"].Value;
        bool isHttp = userInfo.Groups["scheme"].Value.EndsWith("http", StringComparison.OrdinalIgnoreCase) ||
            userInfo.Groups["scheme"].Value.EndsWith("https", StringComparison.OrdinalIgnoreCase);
        int colon = secret.IndexOf(':');
        return secret != Shown && secret.Length > 0 && (isHttp ? secret != ":" : colon >= 0 && colon < secret.Length - 1);
    }

    private static bool IsSecretParameter(Match parameter)
    {
        string name = Simplify(Uri.UnescapeDataString(parameter.Groups["name"].Value));
        return Names.Contains(name) || Array.Exists(NameEnds, name.EndsWith) || (name == "key" && IsRandom(parameter.Groups["value"].Value));
    }

    /// <summary>A key may be a name; one that was drawn at random is not.</summary>
    private static bool IsRandom(string value) =>
        value.Length >= 16 && value.Any(char.IsAsciiDigit) && value.Any(char.IsAsciiLetter) && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    private static string Simplify(string name)
    {
        var simple = new StringBuilder(name.Length);
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterOrDigit(letter))
                simple.Append(char.ToLowerInvariant(letter));
        }

        return simple.ToString();
    }

    private static string OneLine(string name) => new([.. name.Take(100).Select(letter => letter is > ' ' and < '\x7f' ? letter : '?')]);

    [GeneratedRegex(@"(?<scheme>[A-Za-z][A-Za-z0-9+.\-]{0,31}):[/\\]{1,3}(?<info>[^/\\?#\s@]*(@[^/\\?#\s@]*)*)@", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeoutMilliseconds)]
    private static partial Regex UserInfo();

    /// <summary>A question mark is part of the value, unless another parameter follows: then the value is a URL itself.</summary>
    [GeneratedRegex(@"(?<separator>[?&;#])(?<name>[^=&;#?/\s]{1,200})=(?!\*\*\*)(?<value>[^&;#?\s]+(\?[^=&;#?\s]*(?=[?&;#\s]|$))*)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeoutMilliseconds)]
    private static partial Regex Parameter();

    /// <summary>GitHub, GitLab, AWS, Slack, npm, PyPI, Google, JSON Web Tokens, and private keys.</summary>
    [GeneratedRegex(@"\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|gl[a-z]{2,6}-[A-Za-z0-9_\-]{20,}|(AKIA|ASIA)[A-Z0-9]{16}\b|xox[abposr]-[A-Za-z0-9\-]{10,}|npm_[A-Za-z0-9]{30,}|pypi-AgE[A-Za-z0-9_\-]{20,}|AIza[A-Za-z0-9_\-]{35}|eyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]*)|-----BEGIN ([A-Z]+ )?PRIVATE KEY-----", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeoutMilliseconds)]
    private static partial Regex Token();
}
