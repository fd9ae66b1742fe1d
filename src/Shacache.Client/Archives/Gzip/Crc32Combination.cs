namespace Shacache.Client.Archives.Gzip;

/// <summary>The CRC-32 of two pieces of data put together, from the CRC-32 of each (polynomial of RFC 1952, bits reflected).</summary>
internal static class Crc32Combination
{
    private const uint Polynomial = 0xedb88320;

    // x to the power of 2^i, modulo the polynomial; bit 31 is x^0.
    private static readonly uint[] Powers = ComputePowers();

    /// <summary>The CRC of the first piece followed by the second.</summary>
    /// <param name="first">CRC of the first piece.</param>
    /// <param name="second">CRC of the second piece.</param>
    /// <param name="secondLengthBytes">Length of the second piece.</param>
    public static uint Combine(uint first, uint second, long secondLengthBytes)
    {
        // Appending n bytes multiplies the remainder by x^8n.
        uint shift = 0x80000000;
        int exponent = 3;
        for (long rest = secondLengthBytes; rest != 0; rest >>= 1, exponent++)
        {
            if ((rest & 1) != 0)
                shift = Multiply(Powers[exponent % Powers.Length], shift);
        }

        return Multiply(shift, first) ^ second;
    }

    private static uint Multiply(uint a, uint b)
    {
        uint product = 0;
        for (uint bit = 0x80000000; bit != 0; bit >>= 1)
        {
            if ((a & bit) != 0)
                product ^= b;
            b = (b & 1) != 0 ? (b >> 1) ^ Polynomial : b >> 1;
        }

        return product;
    }

    private static uint[] ComputePowers()
    {
        // The order of x divides 2^32 - 1, so the powers repeat after 32 of them.
        uint[] powers = new uint[32];
        powers[0] = 0x40000000;
        for (int i = 1; i < powers.Length; i++)
            powers[i] = Multiply(powers[i - 1], powers[i - 1]);
        return powers;
    }
}
