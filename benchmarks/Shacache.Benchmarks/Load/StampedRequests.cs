using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Shacache.Benchmarks.Load;

/// <summary>One request over and over, with another number stamped into it each time, so that no two are alike in the whole run.</summary>
internal sealed class StampedRequests : IRequestSource
{
    /// <summary>Stands in a template where the number goes: 16 hexadecimal digits.</summary>
    public const string Slot = "################";

    private static long _blocks;

    private readonly byte[] _request;
    private readonly int[] _slots;
    private long _number = Interlocked.Increment(ref _blocks) << 32;

    /// <summary>Takes a copy of the template and finds the slots in it.</summary>
    public StampedRequests(ReadOnlySpan<byte> template)
    {
        _request = template.ToArray();
        List<int> slots = [];
        ReadOnlySpan<byte> slot = Encoding.ASCII.GetBytes(Slot);
        for (int at = 0, next; (next = template[at..].IndexOf(slot)) >= 0; at += next + slot.Length)
            slots.Add(at + next);
        _slots = [.. slots];
    }

    public ReadOnlyMemory<byte> Next()
    {
        _number++;
        foreach (int slot in _slots)
            Utf8Formatter.TryFormat(_number, _request.AsSpan(slot, Slot.Length), out _, new System.Buffers.StandardFormat('x', 16));
        return _request;
    }

    /// <summary>The text that stands for a number below 2^32, none of which this class uses itself.</summary>
    public static string Stamp(long number) => number.ToString("x16", CultureInfo.InvariantCulture);
}
