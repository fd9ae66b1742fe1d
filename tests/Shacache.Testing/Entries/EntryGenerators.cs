using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Testing.Entries;

/// <summary>Random legal keys, texts and entries, of the kinds that are likely to be damaged on their way.</summary>
public static class EntryGenerators
{
    private static readonly string[] Fragments =
    [
        "a", "Z", "0", " ", "  ", ".", "..", ":", "=", "%", "%2F", "%25", "%zz", "%C3%A9", "+", "?", "#", "&", ";", "'", "\"", "\\", "{", "[", "<", "|",
        "é", "e\u0301", "ß", "ſ", "İ", "日本", "😀", "\u200B", "\uFEFF", "\uFFFD", "\uFFFF", "\u00A0", "\u2028", "file-urlmd5:", "pypi:foo=1.0",
    ];

    /// <summary>Any legal key.</summary>
    public static Arbitrary<EntryKey> Keys { get; } =
        Gen.ListOf(Gen.Elements(Fragments))
            .Select(string.Concat)
            .Where(text => EntryKey.TryCreate(text, out _, out _))
            .Select(EntryKey.Create)
            .ToArbitrary();

    /// <summary>Any legal text of an entry: members in any order, any white space, raw or escaped characters.</summary>
    public static Arbitrary<string> Information { get; } = Seeds.Select(WriteInformation).ToArbitrary();

    /// <summary>Any legal entry.</summary>
    public static Arbitrary<SignedEntry> Entries { get; } =
        Seeds.Select(seed => Entry(WriteInformation(seed), WriteSignature(new Random(seed)))).ToArbitrary();

    private static Gen<int> Seeds => Gen.Choose(0, int.MaxValue - 1);

    /// <summary>An entry of texts that must be legal.</summary>
    public static SignedEntry Entry(string information, string signature) =>
        SignedEntry.TryCreate(information, signature, out SignedEntry? entry, out string? problem)
            ? entry
            : throw new InvalidOperationException($"{problem} {information} {signature}");

    private static string WriteSignature(Random random)
    {
        byte[] bytes = new byte[random.Next(4) * 128];
        random.NextBytes(bytes);
        string text = Convert.ToBase64String(bytes);
        if (random.Next(4) == 0)
            text += "\n";
        return random.Next(4) == 0 && text.Length > 76 ? text.Insert(76, random.Next(2) == 0 ? "\n" : " ") : text;
    }

    private static string WriteInformation(int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        byte[] content = new byte[8];
        random.NextBytes(content);
        string digest = Digest.Compute(content).ToString();
        int members = random.Next(6);
        int place = random.Next(members + 1);
        Space();
        text.Append('{');
        for (int i = 0; i <= members; i++)
        {
            if (i > 0)
                text.Append(',');
            Space();
            if (i == place)
            {
                text.Append(random.Next(8) == 0 ? "\"sh\\u0061512\"" : "\"sha512\"");
                Space();
                text.Append(':');
                Space();
                text.Append('"').Append(random.Next(8) == 0 ? digest.ToUpperInvariant() : digest).Append('"');
            }
            else
            {
                text.Append($"\"m{i}");
                Characters();
                text.Append("\":");
                Value(0);
            }

            Space();
        }

        text.Append('}');
        Space();
        return text.ToString();

        void Space()
        {
            for (int i = random.Next(3); i > 0; i--)
                text.Append(" \t\r\n"[random.Next(4)]);
        }

        void Characters()
        {
            for (int i = random.Next(6); i > 0; i--)
            {
                string fragment = Fragments[random.Next(Fragments.Length)];
                bool escaped = random.Next(3) == 0;
                foreach (char c in fragment)
                {
                    if (escaped || c is '"' or '\\')
                        text.Append($"\\u{(int)c:x4}");
                    else
                        text.Append(c);
                }

                if (random.Next(4) == 0)
                    text.Append((string[])["\\n", "\\/", "\\\\", "\\\"", "\\u0000", "\\ud83d\\ude00"] is var escapes ? escapes[random.Next(6)] : "");
            }
        }

        void Value(int depth)
        {
            Space();
            switch (random.Next(depth > 4 ? 5 : 7))
            {
                case 0:
                    text.Append("null");
                    break;
                case 1:
                    text.Append(random.Next(2) == 0 ? "true" : "false");
                    break;
                case 2:
                    text.Append(((string[])["0", "-0", "1E400", "12345678901234567890123", "-1.50e-7"])[random.Next(5)]);
                    break;
                case 3 or 4:
                    text.Append('"');
                    Characters();
                    text.Append('"');
                    break;
                case 5:
                    text.Append('[');
                    Value(depth + 1);
                    text.Append(',');
                    Value(depth + 1);
                    text.Append(']');
                    break;
                default:
                    text.Append("{\"sha512\":");
                    Value(depth + 1);
                    text.Append('}');
                    break;
            }

            Space();
        }
    }
}
