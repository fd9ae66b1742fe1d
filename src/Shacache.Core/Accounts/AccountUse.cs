using System.Runtime.InteropServices;

namespace Shacache.Core.Accounts;

/// <summary>What an account has used of its bytes of a day.</summary>
/// <param name="Accepted">Whether the bytes were added; otherwise they would have gone beyond the quota and nothing changed.</param>
/// <param name="UsedBytes">Bytes of the day so far, with those that were added.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AccountUse(bool Accepted, long UsedBytes);

/// <summary>Bytes that an account has used of a day.</summary>
/// <param name="Account">The account.</param>
/// <param name="Day">The day in UTC.</param>
/// <param name="Bytes">How many more; negative for what was given back.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AccountUseChange(AccountName Account, DateOnly Day, long Bytes);
