using System.Text.Json;
using System.Text.Json.Serialization;

namespace Shacache.Core.Accounts.Documents;

/// <summary>How the documents of accounts are written and read: members in camel case, times in ISO 8601.</summary>
/// <remarks>
/// What a client sends must hold no member that is not known, so that a misspelt right is not silently left out. In answers unknown members are
/// passed over: a later server may say more.
/// </remarks>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNameCaseInsensitive = false,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(RequestListDocument))]
[JsonSerializable(typeof(ReceiptDocument))]
[JsonSerializable(typeof(ApprovalDocument))]
[JsonSerializable(typeof(RightsDocument))]
[JsonSerializable(typeof(AccountDocument))]
[JsonSerializable(typeof(AccountListDocument))]
[JsonSerializable(typeof(TokenOrderDocument))]
[JsonSerializable(typeof(NewTokenDocument))]
[JsonSerializable(typeof(CallerDocument))]
[JsonSerializable(typeof(AuditPageDocument))]
public sealed partial class AccountDocuments : JsonSerializerContext;
