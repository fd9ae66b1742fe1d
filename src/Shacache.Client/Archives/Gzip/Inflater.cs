using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shacache.Client.Archives.Gzip;

/// <summary>Decompresses a deflate stream (RFC 1951), and knows to the byte where it ended, which .NET's streams do not tell.</summary>
/// <remarks>
/// It works on whole symbols: the caller provides room on either side, so that none needs to be interrupted. Input may be read up to
/// <see cref="InputSlackBytes"/> beyond its end, output written up to <see cref="OutputSlackBytes"/> beyond its limit.
/// </remarks>
internal sealed unsafe class Inflater
{
    /// <summary>Distance that a match may reach back.</summary>
    public const int WindowBytes = 32 * 1024;

    /// <summary>More than the header of a block, or a symbol, takes.</summary>
    public const int InputSlackBytes = 1024;

    /// <summary>More than the longest match and the overshoot of its copy take.</summary>
    public const int OutputSlackBytes = 320;

    private const int LiteralBits = 11;
    private const int DistanceBits = 8;
    private const int MaxLiteralCodes = 286;
    private const int MaxDistanceCodes = 30;

    private static readonly byte[] CodeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private readonly HuffmanTable _literals = new(LiteralSymbols(), LiteralBits);
    private readonly HuffmanTable _distances = new(DistanceSymbols(), DistanceBits);
    private readonly HuffmanTable _lengths = new([.. Enumerable.Range(0, 19).Select(i => (uint)i << 16)], 7);
    private State _state;
    private bool _isLastBlock;
    private int _storedLeft;
    private ulong _bits;
    private int _bitCount;

    private enum State
    {
        Header,
        Stored,
        Codes,
    }

    /// <summary>Begins a new stream.</summary>
    public void Reset()
    {
        _state = State.Header;
        _isLastBlock = false;
        _bits = 0;
        _bitCount = 0;
    }

    /// <summary>Decompresses until input, output or the stream ends.</summary>
    /// <param name="input">The input, with slack behind <paramref name="inputEnd"/>.</param>
    /// <param name="inputPosition">Where to read on. At the end of the stream: the first byte behind it.</param>
    /// <param name="inputEnd">End of the input.</param>
    /// <param name="isWhole">Whether no more input will come; else some is left over, up to the slack.</param>
    /// <param name="output">The output, with what was written before.</param>
    /// <param name="outputStart">Where the bytes begin that matches may refer to.</param>
    /// <param name="outputPosition">Where to write on.</param>
    /// <param name="outputLimit">No symbol is begun from here on.</param>
    public InflateStatus Inflate(
        byte* input, ref int inputPosition, int inputEnd, bool isWhole, byte* output, int outputStart, ref int outputPosition, int outputLimit)
    {
        InflateStatus status = InflateAhead(input, ref inputPosition, inputEnd, isWhole, output, outputStart, ref outputPosition, outputLimit);
        // Whole bytes that were taken in but not used go back: the caller may move what is not read, and only that.
        inputPosition -= _bitCount >> 3;
        _bitCount = status == InflateStatus.Done ? 0 : _bitCount & 7;
        _bits &= (1ul << _bitCount) - 1;
        return status;
    }

    /// <summary>The same, but for up to seven bytes that are taken in ahead of their use.</summary>
    private InflateStatus InflateAhead(
        byte* input, ref int inputPosition, int inputEnd, bool isWhole, byte* output, int outputStart, ref int outputPosition, int outputLimit)
    {
        int inputLimit = isWhole ? inputEnd + 8 : inputEnd - InputSlackBytes;
        while (true)
        {
            // Bits that were taken in but not used count as not read.
            if (inputPosition - (_bitCount >> 3) > inputEnd)
                return InflateStatus.NeedsInput;
            if (inputPosition >= inputLimit)
                return InflateStatus.NeedsInput;
            if (outputPosition >= outputLimit)
                return InflateStatus.OutputFull;
            switch (_state)
            {
                case State.Header when _isLastBlock:
                    return InflateStatus.Done;
                case State.Header:
                    if (!ReadBlockHeader(input, ref inputPosition))
                        return InflateStatus.Damaged;
                    break;
                case State.Stored:
                    int count = Math.Min(_storedLeft, Math.Min(Math.Max(0, inputEnd - inputPosition), outputLimit - outputPosition));
                    if (count == 0 && _storedLeft > 0)
                        return InflateStatus.NeedsInput;
                    new ReadOnlySpan<byte>(input + inputPosition, count).CopyTo(new Span<byte>(output + outputPosition, count));
                    inputPosition += count;
                    outputPosition += count;
                    _storedLeft -= count;
                    if (_storedLeft == 0)
                        _state = State.Header;
                    break;
                default:
                    if (!DecodeSymbols(input, ref inputPosition, inputLimit, output, outputStart, ref outputPosition, outputLimit))
                        return InflateStatus.Damaged;
                    break;
            }
        }
    }

    private bool DecodeSymbols(byte* input, ref int inputPosition, int inputLimit, byte* output, int outputStart, ref int outputPosition, int outputLimit)
    {
        const uint Mask = (1 << LiteralBits) - 1, DistanceMask = (1 << DistanceBits) - 1;
        ulong bits = _bits;
        int bitCount = _bitCount;
        byte* source = input + inputPosition, sourceLimit = input + inputLimit;
        byte* target = output + outputPosition, targetLimit = output + outputLimit, targetStart = output + outputStart;
        bool isValid = true;
        fixed (uint* literals = _literals.Entries, distances = _distances.Entries)
        {
            while (source < sourceLimit && target < targetLimit)
            {
                Refill(ref source, ref bits, ref bitCount);
                uint entry = literals[bits & Mask];
                if ((int)entry < 0)
                {
                    // Codes in the first table are short: three fit into what one refill gives.
                    bits >>= (byte)entry;
                    bitCount -= (byte)entry;
                    *target++ = (byte)(entry >> 16);
                    entry = literals[bits & Mask];
                    if ((int)entry < 0)
                    {
                        bits >>= (byte)entry;
                        bitCount -= (byte)entry;
                        *target++ = (byte)(entry >> 16);
                        entry = literals[bits & Mask];
                        if ((int)entry < 0)
                        {
                            bits >>= (byte)entry;
                            bitCount -= (byte)entry;
                            *target++ = (byte)(entry >> 16);
                            continue;
                        }
                    }

                    Refill(ref source, ref bits, ref bitCount);
                }

                if ((entry & HuffmanTable.Continued) != 0)
                {
                    entry = literals[(entry >> 16) + ((bits >> LiteralBits) & ((1u << (int)((entry >> 8) & 0xf)) - 1))];
                    if ((int)entry < 0)
                    {
                        bits >>= (byte)entry;
                        bitCount -= (byte)entry;
                        *target++ = (byte)(entry >> 16);
                        continue;
                    }
                }

                if ((entry & (HuffmanTable.EndOfBlock | HuffmanTable.Invalid)) != 0)
                {
                    isValid = (entry & HuffmanTable.Invalid) == 0;
                    bits >>= (byte)entry;
                    bitCount -= (byte)entry;
                    _state = State.Header;
                    break;
                }

                int extra = (int)((entry >> 8) & 0xf);
                bits >>= (byte)entry;
                int length = (int)((entry >> 16) + (uint)(bits & ((1u << extra) - 1)));
                bits >>= extra;
                bitCount -= (byte)entry + extra;

                entry = distances[bits & DistanceMask];
                if ((entry & HuffmanTable.Continued) != 0)
                    entry = distances[(entry >> 16) + ((bits >> DistanceBits) & ((1u << (int)((entry >> 8) & 0xf)) - 1))];
                extra = (int)((entry >> 8) & 0xf);
                bits >>= (byte)entry;
                int distance = (int)((entry >> 16) + (uint)(bits & ((1u << extra) - 1)));
                bits >>= extra;
                bitCount -= (byte)entry + extra;
                if ((entry & HuffmanTable.Invalid) != 0 || distance > target - targetStart)
                {
                    isValid = false;
                    break;
                }

                Copy(target, distance, length);
                target += length;
            }
        }

        _bits = bits;
        _bitCount = bitCount;
        inputPosition = (int)(source - input);
        outputPosition = (int)(target - output);
        return isValid;
    }

    /// <summary>Takes in whole bytes, such that at least 56 bits are there; the surplus bits above the count are the right ones already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Refill(ref byte* source, ref ulong bits, ref int bitCount)
    {
        ulong next = Unsafe.ReadUnaligned<ulong>(source);
        bits |= (BitConverter.IsLittleEndian ? next : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(next)) << bitCount;
        source += (63 - bitCount) >> 3;
        bitCount |= 56;
    }

    /// <summary>Repeats earlier output; writes beyond its end, where there is room.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(byte* target, int distance, int length)
    {
        byte* from = target - distance;
        byte* end = target + length;
        if (distance >= 16)
        {
            do
            {
                Vector128.Store(Vector128.Load(from), target);
                from += 16;
                target += 16;
            }
            while (target < end);
        }
        else if (distance >= 8)
        {
            do
            {
                Unsafe.WriteUnaligned(target, Unsafe.ReadUnaligned<ulong>(from));
                from += 8;
                target += 8;
            }
            while (target < end);
        }
        else if (distance == 1)
        {
            Unsafe.InitBlockUnaligned(target, *from, (uint)length);
        }
        else
        {
            while (target < end)
                *target++ = *from++;
        }
    }

    private bool ReadBlockHeader(byte* input, ref int inputPosition)
    {
        byte* source = input + inputPosition;
        Refill(ref source, ref _bits, ref _bitCount);
        _isLastBlock = Take(1) != 0;
        bool isValid = Take(2) switch
        {
            0 => ReadStoredHeader(ref source),
            1 => BuildFixed(),
            2 => ReadDynamicHeader(ref source),
            _ => false,
        };
        inputPosition = (int)(source - input);
        return isValid;
    }

    private bool ReadStoredHeader(ref byte* source)
    {
        // The rest of the byte is passed over; whole bytes that were taken in go back.
        Take(_bitCount & 7);
        source -= _bitCount >> 3;
        _bits = 0;
        _bitCount = 0;
        int length = source[0] | (source[1] << 8);
        int complement = source[2] | (source[3] << 8);
        source += 4;
        _storedLeft = length;
        _state = State.Stored;
        return length == (~complement & 0xffff);
    }

    private bool BuildFixed()
    {
        Span<byte> lengths = stackalloc byte[288];
        lengths[..144].Fill(8);
        lengths[144..256].Fill(9);
        lengths[256..280].Fill(7);
        lengths[280..].Fill(8);
        Span<byte> distances = stackalloc byte[32];
        distances.Fill(5);
        _state = State.Codes;
        return _literals.TryBuild(lengths) && _distances.TryBuild(distances);
    }

    private bool ReadDynamicHeader(ref byte* source)
    {
        int literalCount = Take(5) + 257, distanceCount = Take(5) + 1, lengthCount = Take(4) + 4;
        if (literalCount > MaxLiteralCodes || distanceCount > MaxDistanceCodes)
            return false;
        Span<byte> codeLengths = stackalloc byte[19];
        codeLengths.Clear();
        for (int i = 0; i < lengthCount; i++)
        {
            Refill(ref source, ref _bits, ref _bitCount);
            codeLengths[CodeLengthOrder[i]] = (byte)Take(3);
        }

        Span<byte> lengths = stackalloc byte[MaxLiteralCodes + MaxDistanceCodes];
        if (!_lengths.TryBuild(codeLengths) || !ReadLengths(ref source, lengths[..(literalCount + distanceCount)]))
            return false;
        _state = State.Codes;
        // A block that cannot end is none.
        return lengths[256] != 0 && _literals.TryBuild(lengths[..literalCount]) &&
            _distances.TryBuild(lengths.Slice(literalCount, distanceCount));
    }

    private bool ReadLengths(ref byte* source, Span<byte> lengths)
    {
        for (int i = 0; i < lengths.Length;)
        {
            Refill(ref source, ref _bits, ref _bitCount);
            uint entry = _lengths.Entries[_bits & 0x7f];
            if ((entry & HuffmanTable.Invalid) != 0)
                return false;
            Take((byte)entry);
            int symbol = (int)(entry >> 16);
            if (symbol < 16)
            {
                lengths[i++] = (byte)symbol;
                continue;
            }

            if (symbol == 16 && i == 0)
                return false;
            byte value = symbol == 16 ? lengths[i - 1] : (byte)0;
            int repeat = symbol switch { 16 => 3 + Take(2), 17 => 3 + Take(3), _ => 11 + Take(7) };
            if (repeat > lengths.Length - i)
                return false;
            lengths.Slice(i, repeat).Fill(value);
            i += repeat;
        }

        return true;
    }

    private int Take(int count)
    {
        int value = (int)(_bits & ((1ul << count) - 1));
        _bits >>= count;
        _bitCount -= count;
        return value;
    }

    private static uint[] LiteralSymbols()
    {
        uint[] symbols = new uint[288];
        for (uint i = 0; i < 256; i++)
            symbols[i] = HuffmanTable.Literal | (i << 16);
        symbols[256] = HuffmanTable.EndOfBlock;
        uint length = 3;
        for (int i = 257; i < 285; i++)
        {
            int extra = i < 265 ? 0 : (i - 261) / 4;
            symbols[i] = (length << 16) | ((uint)extra << 8);
            length += 1u << extra;
        }

        symbols[285] = 258u << 16;
        symbols[286] = symbols[287] = HuffmanTable.Invalid;
        return symbols;
    }

    private static uint[] DistanceSymbols()
    {
        uint[] symbols = new uint[32];
        uint distance = 1;
        for (int i = 0; i < MaxDistanceCodes; i++)
        {
            int extra = i < 4 ? 0 : (i / 2) - 1;
            symbols[i] = (distance << 16) | ((uint)extra << 8);
            distance += 1u << extra;
        }

        symbols[30] = symbols[31] = HuffmanTable.Invalid;
        return symbols;
    }
}
