using System.Buffers.Binary;

namespace Shacache.Client.Relocation.Scanning;

/// <summary>Finds the texts and byte strings in compiled Python, by walking over its marshalled objects (Python's <c>marshal</c>, versions 2.7 and 3.4 to 3.14).</summary>
internal sealed class PythonConstants
{
    private const int MaxDepth = 2000;
    private const byte ReferenceFlag = 0x80;

    private readonly byte[] _bytes;
    private readonly List<PythonConstant> _found = [];
    private readonly (int Numbers, int Objects, bool HasTables) _code;
    private int _position;

    private PythonConstants(byte[] bytes, int headerBytes, (int Numbers, int Objects, bool HasTables) code)
    {
        _bytes = bytes;
        _position = headerBytes;
        _code = code;
    }

    /// <summary>The texts and byte strings of a file, in their order; null when it is not compiled Python of a version that is known.</summary>
    public static IReadOnlyList<PythonConstant>? TryFind(byte[] file)
    {
        if (file.Length < 16 || file[2] != '\r' || file[3] != '\n')
            return null;
        ushort magic = BinaryPrimitives.ReadUInt16LittleEndian(file);
        PythonConstants? reader = magic switch
        {
            62211 => new PythonConstants(file, 8, (4, 8, false)),
            >= 3310 and < 3390 => new PythonConstants(file, 12, (5, 8, false)),
            >= 3390 and < 3400 => new PythonConstants(file, 16, (5, 8, false)),
            >= 3400 and < 3450 => new PythonConstants(file, 16, (6, 8, false)),
            >= 3495 and < 3700 => new PythonConstants(file, 16, (5, 8, true)),
            _ => null,
        };
        return reader?.TryRead() == true ? reader._found : null;
    }

    /// <summary>Whether the file is to be compared with the time and length of its source, and not with its hash.</summary>
    public static bool IsValidByTime(ReadOnlySpan<byte> head) =>
        BinaryPrimitives.ReadUInt16LittleEndian(head) is 62211 or < 3390 || (BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) & 1) == 0;

    private bool TryRead() => TryReadObject(0) && _position == _bytes.Length;

    private bool TryReadObject(int depth)
    {
        if (depth > MaxDepth || !TrySkip(1))
            return false;
        int start = _position - 1;
        switch ((char)(_bytes[start] & ~ReferenceFlag))
        {
            case '0' or 'N' or 'F' or 'T' or 'S' or '.':
                return true;
            case 'i' or 'r' or 'R':
                return TrySkip(4);
            case 'I' or 'g':
                return TrySkip(8);
            case 'y':
                return TrySkip(16);
            case 'f':
                return TryReadByte(out int digits) && TrySkip(digits);
            case 'x':
                return TryReadByte(out int real) && TrySkip(real) && TryReadByte(out int imaginary) && TrySkip(imaginary);
            case 'l':
                return TryReadNumber(out int count) && TrySkip(2L * Math.Abs((long)count));
            case 's' or 't' or 'u' or 'a' or 'A':
                return TryReadNumber(out int length) && TryTake(start, length);
            case 'z' or 'Z':
                return TryReadByte(out int shortLength) && TryTake(start, shortLength);
            case ')':
                return TryReadByte(out int few) && TryReadObjects(few, depth);
            case '(' or '[' or '<' or '>':
                return TryReadNumber(out int many) && TryReadObjects(many, depth);
            case '{':
                return TryReadPairs(depth);
            case ':':
                return TryReadObjects(3, depth);
            case 'c':
                return TryReadCode(depth);
            default:
                return false;
        }
    }

    private bool TryReadCode(int depth) =>
        TrySkip(4L * _code.Numbers) && TryReadObjects(_code.Objects, depth) && TrySkip(4) && TryReadObjects(_code.HasTables ? 2 : 1, depth);

    private bool TryReadObjects(int count, int depth)
    {
        for (int i = 0; i < count; i++)
        {
            if (!TryReadObject(depth + 1))
                return false;
        }

        return count >= 0;
    }

    private bool TryReadPairs(int depth)
    {
        while (_position < _bytes.Length && _bytes[_position] != '0')
        {
            if (!TryReadObjects(2, depth))
                return false;
        }

        return TrySkip(1);
    }

    private bool TryTake(int start, int length)
    {
        int text = _position;
        if (length < 0 || !TrySkip(length))
            return false;
        _found.Add(new PythonConstant(start, text, _position));
        return true;
    }

    private bool TryReadByte(out int value)
    {
        value = _position < _bytes.Length ? _bytes[_position] : 0;
        return TrySkip(1);
    }

    private bool TryReadNumber(out int value)
    {
        value = _position + 4 <= _bytes.Length ? BinaryPrimitives.ReadInt32LittleEndian(_bytes.AsSpan(_position)) : 0;
        return TrySkip(4);
    }

    private bool TrySkip(long bytes)
    {
        if (bytes > _bytes.Length - _position)
            return false;
        _position += (int)bytes;
        return true;
    }
}

/// <summary>A text or byte string of compiled Python.</summary>
/// <param name="Start">Where its type stands, in bytes from the start of the file.</param>
/// <param name="Text">Where its bytes begin.</param>
/// <param name="End">Where they end.</param>
internal readonly record struct PythonConstant(int Start, int Text, int End);
