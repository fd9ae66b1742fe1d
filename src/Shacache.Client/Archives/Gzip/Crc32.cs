using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Arm = System.Runtime.Intrinsics.Arm;

namespace Shacache.Client.Archives.Gzip;

/// <summary>CRC-32 as gzip has it (RFC 1952): polynomial 0xEDB88320 with its bits reflected.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xedb88320;
    private const int FoldedBytes = 64;

    // Eight tables, for eight bytes at a time.
    private static readonly uint[] Tables = ComputeTables();

    /// <summary>Continues a checksum over more data.</summary>
    /// <param name="crc">The checksum so far; 0 at the beginning.</param>
    /// <param name="data">What follows.</param>
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        crc = ~crc;
        if (Pclmulqdq.IsSupported && data.Length >= 2 * FoldedBytes)
            crc = AppendFolded(crc, ref data);
        else if (Arm.Crc32.Arm64.IsSupported)
            crc = AppendArm(crc, ref data);
        return ~AppendTables(crc, data);
    }

    internal static uint AppendPortable(uint crc, ReadOnlySpan<byte> data) => ~AppendTables(~crc, data);

    /// <summary>Folds 64 bytes at a time by carry-less multiplication; the constants are powers of x modulo the polynomial.</summary>
    /// <remarks>V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009.</remarks>
    private static uint AppendFolded(uint crc, ref ReadOnlySpan<byte> data)
    {
        Vector128<ulong> by512 = Vector128.Create(0x154442bd4UL, 0x1c6e41596UL);
        Vector128<ulong> by128 = Vector128.Create(0x1751997d0UL, 0x0ccaa009eUL);
        ref byte start = ref MemoryMarshal.GetReference(data);
        Vector128<ulong> a = Load(ref start, 0) ^ Vector128.CreateScalar(crc).AsUInt64();
        Vector128<ulong> b = Load(ref start, 16), c = Load(ref start, 32), d = Load(ref start, 48);
        int position = FoldedBytes;
        for (; position + FoldedBytes <= data.Length; position += FoldedBytes)
        {
            a = Fold(a, by512) ^ Load(ref start, position);
            b = Fold(b, by512) ^ Load(ref start, position + 16);
            c = Fold(c, by512) ^ Load(ref start, position + 32);
            d = Fold(d, by512) ^ Load(ref start, position + 48);
        }

        b ^= Fold(a, by128);
        c ^= Fold(b, by128);
        d ^= Fold(c, by128);
        data = data[position..];
        // What is left stands for all that was folded into it.
        Span<byte> rest = stackalloc byte[16];
        d.AsByte().CopyTo(rest);
        return AppendTables(0, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Fold(Vector128<ulong> value, Vector128<ulong> factors) =>
        Pclmulqdq.CarrylessMultiply(value, factors, 0x00) ^ Pclmulqdq.CarrylessMultiply(value, factors, 0x11);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Load(ref byte start, int offset) => Vector128.LoadUnsafe(ref start, (nuint)offset).AsUInt64();

    private static uint AppendArm(uint crc, ref ReadOnlySpan<byte> data)
    {
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(data))
            crc = Arm.Crc32.Arm64.ComputeCrc32(crc, word);
        data = data[(data.Length & ~7)..];
        return crc;
    }

    private static uint AppendTables(uint crc, ReadOnlySpan<byte> data)
    {
        uint[] tables = Tables;
        for (; data.Length >= 8; data = data[8..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(data) ^ crc;
            uint high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = tables[0x700 + (byte)low] ^ tables[0x600 + (byte)(low >> 8)] ^ tables[0x500 + (byte)(low >> 16)] ^ tables[0x400 + (low >> 24)] ^
                tables[0x300 + (byte)high] ^ tables[0x200 + (byte)(high >> 8)] ^ tables[0x100 + (byte)(high >> 16)] ^ tables[high >> 24];
        }

        foreach (byte b in data)
            crc = tables[(byte)(crc ^ b)] ^ (crc >> 8);
        return crc;
    }

    private static uint[] ComputeTables()
    {
        uint[] tables = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint crc = i;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
            tables[i] = crc;
        }

        for (int i = 256; i < tables.Length; i++)
            tables[i] = tables[(byte)tables[i - 256]] ^ (tables[i - 256] >> 8);
        return tables;
    }
}
