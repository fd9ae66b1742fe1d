using Microsoft.AspNetCore.Http;
using Shacache.Core.Entries;

namespace Shacache.Http.Accounts;

/// <summary>A permit whose use is recorded.</summary>
internal sealed class AccountIndexPermit(HttpContext context, Caller caller, AuditTrail audit) : IndexPermit
{
    public override ValueTask RecordAsync(EntryKey key, SignedEntry entry) => audit.IndexedAsync(context, caller, key, entry);
}
