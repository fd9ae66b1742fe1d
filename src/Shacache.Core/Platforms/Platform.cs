using System.Diagnostics.CodeAnalysis;

namespace Shacache.Core.Platforms;

/// <summary>What a built software release runs on: processor with C library, and operating system (docs/protocol.md, "Binary cache").</summary>
/// <param name="Multiarch">What <c>gcc -dumpmachine</c> prints there, such as <c>x86_64-linux-gnu</c>.</param>
/// <param name="Distribution">The operating system.</param>
public sealed record Platform(string Multiarch, Distribution Distribution)
{
    /// <summary>The form that <see cref="TryParse"/> reads, for help texts.</summary>
    public const string TextForm = "MULTIARCH:ID:VERSION[:CODENAME]";

    /// <summary>Reads <c>x86_64-linux-gnu:debian:12:bookworm</c>; the codename may be absent, the version empty.</summary>
    /// <param name="text">The text, as <c>--platform</c> takes it.</param>
    /// <param name="platform">The platform.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out Platform? platform, [NotNullWhen(false)] out string? problem)
    {
        string[] parts = text.Split(':');
        platform = null;
        problem = parts.Length is not (3 or 4) ? $"The platform '{text}' does not have the form {TextForm}, such as x86_64-linux-gnu:debian:12:bookworm."
            : parts[0].Length == 0 ? $"The platform '{text}' names no machine; the form is {TextForm}."
            : parts[1].Length == 0 ? $"The platform '{text}' names no operating system; the form is {TextForm}."
            : text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) ? "The platform holds white space or a control character."
            : null;
        if (problem is null)
            platform = new Platform(parts[0], new Distribution(parts[1], parts[2], parts.Length == 4 ? parts[3] : ""));
        return problem is null;
    }

    /// <summary>Whether software built on one runs on the other.</summary>
    public bool Matches(Platform other) => FindMismatch(other) is null;

    /// <summary>Says in one line why software built on another platform does not run here; null when it does.</summary>
    /// <param name="built">Where it was built.</param>
    public string? FindMismatch(Platform built)
    {
        if (!string.Equals(Multiarch, built.Multiarch, StringComparison.Ordinal))
            return $"built for {built.Multiarch}, this machine is {Multiarch}";
        return Distribution.Matches(built.Distribution) ? null : $"built on {built.Distribution}, this machine runs {Distribution}";
    }

    /// <summary>The form that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => $"{Multiarch}:{Distribution.Id}:{Distribution.Version}:{Distribution.Codename}";
}
