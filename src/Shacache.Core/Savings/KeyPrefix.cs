using System.Buffers;

namespace Shacache.Core.Savings;

/// <summary>What keys begin with that are of one kind: <c>file-urlmd5:</c>, <c>pypi:</c>, <c>slapos-buildout-</c>.</summary>
public static class KeyPrefix
{
    /// <summary>Stands for keys without a prefix, for a prefix that is too long, and for those that come when there are <see cref="MaxCount"/>.</summary>
    public const string Other = "other";

    /// <summary>So many are told apart: clients choose keys, and each prefix takes a row a day, and a time series.</summary>
    public const int MaxCount = 200;

    private const int MaxLength = 64;
    private const int Md5Length = 32;

    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>The prefix of a key: up to and with the first colon; without one, what stands before an MD5 at its end.</summary>
    public static string Of(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int length = key.IndexOf(':') + 1;
        if (length == 0 && key.Length > Md5Length && key[^(Md5Length + 1)] == '-' && !key.AsSpan()[^Md5Length..].ContainsAnyExcept(Hex))
            length = key.Length - Md5Length;
        return length is > 1 and <= MaxLength ? key[..length] : Other;
    }
}
