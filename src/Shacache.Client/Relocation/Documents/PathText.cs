using System.Buffers;
using System.Globalization;
using System.Text;

namespace Shacache.Client.Relocation.Documents;

/// <summary>Paths of any bytes as text: UTF-8 as it is, other bytes and the percent sign as <c>%XX</c> (docs/relocation.md, "Documents").</summary>
internal static class PathText
{
    /// <summary>The text of a path.</summary>
    public static string Encode(ReadOnlySpan<byte> path)
    {
        var text = new StringBuilder(path.Length);
        while (!path.IsEmpty)
        {
            // Rune tells where bytes are no UTF-8.
            if (Rune.DecodeFromUtf8(path, out Rune rune, out int used) == OperationStatus.Done && rune.Value != '%')
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (byte b in path[..used])
                    text.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }

            path = path[used..];
        }

        return text.ToString();
    }

    /// <summary>The bytes of a text that <see cref="Encode"/> made.</summary>
    /// <exception cref="FormatException">A percent sign is not followed by two hexadecimal digits.</exception>
    public static byte[] Decode(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (!bytes.AsSpan().Contains((byte)'%'))
            return bytes;
        var decoded = new List<byte>(bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte value = bytes[i];
            if (value == '%')
            {
                if (i + 2 >= bytes.Length || !byte.TryParse(bytes.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
                    throw new FormatException("A percent sign is not followed by two hexadecimal digits.");
                i += 2;
            }

            decoded.Add(value);
        }

        return [.. decoded];
    }
}
