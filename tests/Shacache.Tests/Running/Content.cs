using System.Security.Cryptography;

namespace Shacache.Cli.Running;

internal static class Content
{
    /// <summary>Bytes of every value, which no other test has stored.</summary>
    public static byte[] Random(int lengthBytes) => RandomNumberGenerator.GetBytes(lengthBytes);
}
