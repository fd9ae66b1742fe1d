using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli.Documents;

/// <summary>The example units that renew certificates: systemd reads them, and what they run is a command that there is.</summary>
public sealed class RenewalUnitsTests : IDisposable
{
    private static readonly string Examples = Path.Combine(Repository.Root, "docs", "examples");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Service_Command_IsOneThatTheProgramUnderstands()
    {
        string line = Assert.Single(File.ReadLines(Path.Combine(Examples, "shacache-renew@.service")), line => line.StartsWith("ExecStart=", StringComparison.Ordinal));
        string[] words = line["ExecStart=".Length..].Split(' ');
        Assert.Equal("/usr/local/bin/shacache", words[0]);
        Assert.Empty(CommandLine.CreateRoot().Parse(words[1..]).Errors);
    }

    [Fact]
    public void Timer_Sections_AreThoseOfATimer()
    {
        string[] lines = [.. File.ReadLines(Path.Combine(Examples, "shacache-renew@.timer")).Where(line => line.Length > 0 && line[0] != '#')];
        Assert.Equal(["[Unit]", "[Timer]", "[Install]"], lines.Where(line => line[0] == '['));
        Assert.All(lines.Where(line => line[0] != '['), line => Assert.Matches("^[A-Z][A-Za-z]+=.+$", line));
        Assert.Contains("Persistent=yes", lines);
    }

    [Fact]
    public async Task Units_SystemdAnalyze_FindsNothingWrong()
    {
        if (!File.Exists("/usr/bin/systemd-analyze"))
            Assert.Skip("systemd is not installed; the other tests read the units.");
        foreach (string kind in new[] { "service", "timer" })
        {
            // The program need not be installed here.
            string unit = File.ReadAllText(Path.Combine(Examples, $"shacache-renew@.{kind}")).Replace("/usr/local/bin/shacache", "/bin/true", StringComparison.Ordinal);
            await File.WriteAllTextAsync(_folder[$"shacache-renew@.{kind}"], unit, TestContext.Current.CancellationToken);
        }

        ProgramResult result = await ShacacheProgram.RunBashAsync(_folder.Path, "systemd-analyze verify --man=no ./shacache-renew@build-1.timer ./shacache-renew@build-1.service 2>&1");
        Assert.DoesNotContain("shacache-renew", result.Text, StringComparison.Ordinal);
    }
}
