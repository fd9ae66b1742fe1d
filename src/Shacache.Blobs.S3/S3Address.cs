using System.Diagnostics.CodeAnalysis;

namespace Shacache.Blobs.S3;

/// <summary>Where content is in an object store: <c>s3://BUCKET[/PREFIX]</c>.</summary>
public sealed record S3Address
{
    /// <summary>How it begins.</summary>
    public const string Scheme = "s3://";

    private S3Address(string bucket, string prefix) => (Bucket, Prefix) = (bucket, prefix);

    /// <summary>The bucket.</summary>
    public string Bucket { get; }

    /// <summary>What every key begins with: empty, or names that each end with a slash.</summary>
    public string Prefix { get; }

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address.</param>
    /// <param name="address">What it says.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out S3Address? address, [NotNullWhen(false)] out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);
        address = null;
        problem = $"Content is {Scheme}BUCKET or {Scheme}BUCKET/PREFIX.";
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return false;
        string rest = text[Scheme.Length..];
        int slash = rest.IndexOf('/');
        (string bucket, string prefix) = slash < 0 ? (rest, "") : (rest[..slash], rest[(slash + 1)..].TrimEnd('/'));
        if (bucket.Length is < 3 or > 63 || !bucket.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_') || bucket.Contains("..", StringComparison.Ordinal))
        {
            problem = $"'{bucket}' is no name of a bucket: it has 3 to 63 letters, digits, hyphens and dots.";
            return false;
        }

        if (prefix.Length > 200 || (prefix.Length > 0 && !prefix.Split('/').All(IsName)))
        {
            problem = $"'{prefix}' is no prefix: it has at most 200 letters, digits, '-', '_', '.' and '/', without empty names, '.' and '..'.";
            return false;
        }

        problem = null;
        address = new S3Address(bucket, prefix.Length == 0 ? "" : $"{prefix}/");
        return true;
    }

    /// <summary>The address as it is written.</summary>
    public override string ToString() => $"{Scheme}{Bucket}{(Prefix.Length == 0 ? "" : "/")}{Prefix.TrimEnd('/')}";

    private static bool IsName(string name) =>
        name.Length > 0 && name is not ("." or "..") && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
