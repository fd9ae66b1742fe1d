using System.Security.Authentication;
using Shacache.Client.Errors;

namespace Shacache.Client.Http;

/// <summary>Why there is no answer, in words that name the cause rather than the layer of .NET that noticed it.</summary>
internal static class ConnectionTrouble
{
    /// <summary>What a TLS handshake failed at, without a full stop.</summary>
    public static string OfTls(Exception tls)
    {
        string text = OneLine.Of(tls).TrimEnd('.');
        if (text.Contains("RemoteCertificateNameMismatch", StringComparison.Ordinal))
            return "the certificate of the server is for another host name (RemoteCertificateNameMismatch)";
        if (text.Contains("NotTimeValid", StringComparison.Ordinal))
            return "the certificate of the server is not valid now (NotTimeValid), or the clock of this machine is wrong";
        if (IsUntrusted(tls))
            return $"the certificate of the server is not trusted ({text[(text.LastIndexOf(' ') + 1)..]})";
        return text.Contains("frame", StringComparison.Ordinal) ? "what answers there does not speak TLS, hence no https" : text;
    }

    /// <summary>Whether another list of CAs would help.</summary>
    public static bool IsUntrusted(Exception tls) =>
        tls is AuthenticationException && tls.Message.Contains("certificate chain", StringComparison.Ordinal) && !tls.Message.Contains("NotTimeValid", StringComparison.Ordinal);

    /// <summary>What broke a connection, without a full stop.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="failure">What .NET threw.</param>
    public static string Of(CacheRequest request, Exception failure)
    {
        if (failure is HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded })
        {
            bool perhapsTls = request.SocketPath is null && request.Url.Scheme == Uri.UriSchemeHttp;
            return $"the server closed the connection without an answer{(perhapsTls ? "; perhaps it expects https" : "")}";
        }

        // "An error occurred while sending the request" says nothing; what lies below it does.
        bool isEmpty = failure is HttpRequestException { HttpRequestError: HttpRequestError.Unknown or HttpRequestError.InvalidResponse } && failure.InnerException is not null;
        return OneLine.Of(isEmpty ? failure.InnerException! : failure).TrimEnd('.');
    }
}
