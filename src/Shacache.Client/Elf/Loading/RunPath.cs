namespace Shacache.Client.Elf.Loading;

/// <summary>The folders that a run path names, as the loader reads it (ld.so(8), "Dynamic string tokens").</summary>
internal static class RunPath
{
    /// <summary>The folders in their order; those that depend on the working folder are left out, as it is not known where they are.</summary>
    /// <param name="file">The file whose run path it is.</param>
    /// <param name="path">The absolute path of the file.</param>
    public static IEnumerable<string> Folders(ElfFile file, string path) =>
        from folder in (file.RunPath ?? "").Split(':')
        from expanded in Expand(folder, file, path)
        where expanded.StartsWith('/')
        select expanded;

    /// <summary>A text with its tokens replaced: several where a token depends on the distribution.</summary>
    public static IEnumerable<string> Expand(string text, ElfFile file, string path)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
            return [text];
        string origin = path[..Math.Max(1, path.LastIndexOf('/'))];
        string expanded = Replace(Replace(text, "ORIGIN", origin), "PLATFORM", MachineNames.Platform(file));
        string[] libraries = file.Class == 64 ? [$"lib/{MachineNames.Multiarch(file)}", "lib64", "lib"] : [$"lib/{MachineNames.Multiarch(file)}", "lib"];
        return libraries.Select(library => Replace(expanded, "LIB", library)).Distinct();
    }

    /// <summary><c>$NAME</c> where the name ends there, and <c>${NAME}</c>.</summary>
    private static string Replace(string text, string token, string value)
    {
        text = text.Replace($"${{{token}}}", value, StringComparison.Ordinal);
        for (int at = 0; (at = text.IndexOf($"${token}", at, StringComparison.Ordinal)) >= 0;)
        {
            int end = at + token.Length + 1;
            if (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            {
                at = end;
                continue;
            }

            text = $"{text[..at]}{value}{text[end..]}";
            at += value.Length;
        }

        return text;
    }
}
