namespace Shacache.Http.Pages.Markup;

/// <summary>Who looks at a page, and what that may show.</summary>
/// <param name="Surfaces">Where the server is, as the visitor sees it.</param>
/// <param name="MayListKeys">Whether lists of keys are shown, and not only what was asked for by its whole name.</param>
/// <param name="IsAdministrator">Whether accounts, and who did what, are shown.</param>
/// <param name="MaySignIn">Whether showing an account would show more.</param>
internal sealed record PageVisitor(SurfaceUrls Surfaces, bool MayListKeys, bool IsAdministrator, bool MaySignIn);

/// <summary>URLs of the server, made of the visitor's own Host header: they are for people to copy, and encoded like any other text.</summary>
/// <param name="Cache">The content store, without a slash at the end.</param>
/// <param name="Directory">The directory, without a slash at the end.</param>
/// <param name="Gateway">The download gateway, without a slash at the end; null when it is off.</param>
/// <param name="IsPrivate">Whether reading needs an account.</param>
internal sealed record SurfaceUrls(string Cache, string Directory, string? Gateway, bool IsPrivate)
{
    /// <summary>How curl is called; for an account it asks for the token.</summary>
    public string Curl => IsPrivate ? "curl -u ACCOUNT" : "curl";
}
