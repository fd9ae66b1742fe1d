using System.Buffers;

namespace Shacache.Core.Entries;

/// <summary>The base64 text of a signature. Old clients wrapped it, so line feeds and spaces are legal; nothing else foreign is.</summary>
internal static class EntrySignature
{
    private static readonly SearchValues<char> Legal =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \n");

    /// <summary>One line that says what is wrong; null when nothing is.</summary>
    public static string? FindProblem(string signature) =>
        TryDecode(signature, out _) ? null : "The signature is neither base64 nor empty.";

    public static bool TryDecode(string signature, out byte[] bytes)
    {
        bytes = [];
        if (signature.AsSpan().ContainsAnyExcept(Legal))
            return false;

        byte[] buffer = new byte[signature.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64String(signature, buffer, out int written))
            return false;
        bytes = buffer[..written];
        return true;
    }
}
