using System.Text.Json.Serialization;

namespace Shacache.Core.Accounts.Documents;

/// <summary>How a request is approved, as JSON. All of it may be left out.</summary>
/// <param name="Name">The name of the account; null for the one that was asked for.</param>
/// <param name="Rights">What the account may do from now on; null for what it may already, and for a new one to upload and index everything.</param>
/// <param name="Days">How long the certificate is valid; null for 90 days.</param>
/// <param name="Certificate">The certificate, PEM, when the CA's key is not on the server and the operator issued it; null to have it issued.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ApprovalDocument(string? Name = null, RightsDocument? Rights = null, int? Days = null, string? Certificate = null);
