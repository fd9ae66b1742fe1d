namespace Shacache.Blobs.S3.Credentials;

/// <summary>What requests are signed with.</summary>
/// <param name="Id">Names the key; no secret.</param>
/// <param name="Secret">The key.</param>
/// <param name="SessionToken">Goes along with a temporary key; null otherwise.</param>
internal sealed record AccessKey(string Id, string Secret, string? SessionToken)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => Id;
}

/// <summary>There is no usable key. The message says where it was looked for; it holds no secret.</summary>
internal sealed class CredentialsException(string message, Exception? innerException = null) : Exception(message, innerException);
