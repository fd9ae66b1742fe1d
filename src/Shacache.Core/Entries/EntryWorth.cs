using System.Text;
using System.Text.Json;

namespace Shacache.Core.Entries;

/// <summary>What an entry says about getting its content back (docs/protocol.md, "Metadata"). Believed of those only who may be believed.</summary>
/// <param name="BuildTime">How long it took to build; zero when it does not say.</param>
/// <param name="FetchTime">How long it took to come from its origin; zero when it does not say.</param>
public readonly record struct EntryWorth(TimeSpan BuildTime, TimeSpan FetchTime)
{
    /// <summary>The member that tells how long the content took to build, in seconds.</summary>
    public const string BuildMember = "build_seconds";

    /// <summary>The member that tells how long the content took to come from its origin, in seconds.</summary>
    public const string FetchMember = "fetch_seconds";

    /// <summary>More than that is counted as that.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromDays(30);

    /// <summary>Whether an entry may say something: cheaper than <see cref="Of"/>.</summary>
    public static bool IsIn(SignedEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Information.Contains(BuildMember, StringComparison.Ordinal) || entry.Information.Contains(FetchMember, StringComparison.Ordinal);
    }

    /// <summary>What an entry says. A member that is no number, or a negative one, says nothing.</summary>
    public static EntryWorth Of(SignedEntry entry)
    {
        if (!IsIn(entry))
            return default;
        double buildSeconds = 0;
        double fetchSeconds = 0;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(entry.Information), new JsonReaderOptions { MaxDepth = EntryInformation.MaxDepth });
        while (reader.Read())
        {
            if (reader.CurrentDepth != 1 || reader.TokenType != JsonTokenType.PropertyName)
                continue;
            if (reader.ValueTextEquals(BuildMember))
                buildSeconds = ReadNumber(ref reader);
            else if (reader.ValueTextEquals(FetchMember))
                fetchSeconds = ReadNumber(ref reader);
        }

        return new EntryWorth(Bound(buildSeconds), Bound(fetchSeconds));
    }

    /// <summary>Seconds as such a member has them.</summary>
    public static double SecondsOf(TimeSpan time) => Math.Round(time.TotalSeconds, 3);

    private static double ReadNumber(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out double number) ? number : 0;

    private static TimeSpan Bound(double seconds) => seconds > 0 ? TimeSpan.FromSeconds(Math.Min(seconds, Max.TotalSeconds)) : TimeSpan.Zero;
}
