namespace Shacache.Packaging.Contents;

/// <summary>Something of others that is inside what is given to users.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Licence">Its licence, as SPDX names it; null when only its own text tells.</param>
/// <param name="Copyright">Whose it is.</param>
/// <param name="Locator">Its package URL (purl).</param>
/// <param name="Sha512">Of the archive that it came in, in hexadecimal; null when it did not come in one.</param>
/// <param name="Notices">Files with its licence and the notices that it demands.</param>
internal sealed record Component(string Name, string Version, string? Licence, string Copyright, string Locator, string? Sha512, IReadOnlyList<string> Notices);
