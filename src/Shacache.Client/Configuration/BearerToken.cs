using System.Net.Http.Headers;
using Shacache.Client.Errors;

namespace Shacache.Client.Configuration;

/// <summary>The secret text of an account's token, as it goes into a request.</summary>
internal static class BearerToken
{
    public const string Scheme = "Bearer";

    /// <summary>The option of section [networkcache] that names the file of the token for uploads.</summary>
    public const string FileOption = "upload-token-file";

    /// <summary>Far more than a token has.</summary>
    private const int MaxLength = 1024;

    /// <summary>The value of the Authorization header; white space around the token is ignored.</summary>
    /// <exception cref="FormatException">That is not a token. The message does not hold it.</exception>
    public static AuthenticationHeaderValue Parse(string text)
    {
        string token = text.Trim();
        if (token.Length is 0 or > MaxLength || token.Any(c => c is <= ' ' or > '~'))
            throw new FormatException("it holds no token, which is one word of letters, digits and signs");
        return new AuthenticationHeaderValue(Scheme, token);
    }

    /// <summary>Reads one from a file.</summary>
    /// <exception cref="NetworkCacheConfigurationException">The file cannot be used.</exception>
    public static AuthenticationHeaderValue Read(string path, string option)
    {
        try
        {
            using var file = new StreamReader(path);
            char[] text = new char[MaxLength + 2];
            return Parse(new string(text, 0, file.ReadBlock(text)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new NetworkCacheConfigurationException($"{path}, which {option} names, cannot be used: {OneLine.Of(e)}", e) { Option = option };
        }
    }

    /// <summary>Makes sure that it is sent over an encrypted connection or to this machine only.</summary>
    /// <exception cref="NetworkCacheConfigurationException">The server would get it over http.</exception>
    public static void EnsureProtected(CacheUrl server)
    {
        if (server.Uri.Scheme == Uri.UriSchemeHttps || server.Uri.IsLoopback)
            return;
        throw new NetworkCacheConfigurationException($"A token is not sent to {server}: everybody on the way could read it. Use the server's https URL.");
    }
}
