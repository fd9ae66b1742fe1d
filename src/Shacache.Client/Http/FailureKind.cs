namespace Shacache.Client.Http;

/// <summary>What a failed request to one server means for what is tried next.</summary>
internal enum FailureKind
{
    /// <summary>The server has no such thing.</summary>
    NotFound,

    /// <summary>The server answered, and would answer the same again.</summary>
    Refused,

    /// <summary>The server cannot be used, and another attempt would not help.</summary>
    Unusable,

    /// <summary>It may pass: the same request is repeated.</summary>
    Transient,

    /// <summary>The bytes are not those that were asked for.</summary>
    Mismatch,
}
