using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Entries;

namespace Shacache.Http.Accounts;

/// <summary>A permit whose use is recorded.</summary>
internal sealed class AccountIndexPermit(HttpContext context, Caller caller, AuditTrail audit) : IndexPermit
{
    public override AuditEntry Describe(EntryKey key, SignedEntry entry) => audit.Indexed(context, caller, key, entry);
}
