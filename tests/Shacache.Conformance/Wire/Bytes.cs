using System.Security.Cryptography;

namespace Shacache.Conformance.Wire;

/// <summary>Content for tests: reproducible from its seed, different for every seed and every run.</summary>
internal static class Bytes
{
    /// <summary>Mixed into every seed, so that a server that keeps its data sees new content in each run.</summary>
    private static readonly int Run = RandomNumberGenerator.GetInt32(int.MaxValue);

    public static byte[] Fresh(int lengthBytes) => RandomNumberGenerator.GetBytes(lengthBytes);

    public static byte[] Seeded(int seed, int lengthBytes)
    {
        byte[] bytes = new byte[lengthBytes];
        new Random(HashCode.Combine(Run, seed)).NextBytes(bytes);
        return bytes;
    }

    public static string DigestOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA512.HashData(content));

    /// <summary>A digest that names nothing.</summary>
    public static string UnknownDigest() => DigestOf(Fresh(32));

    /// <summary>A key that no earlier run used.</summary>
    public static string FreshKey() => "file-urlmd5:" + Convert.ToHexStringLower(Fresh(16));
}
