using System.Text.RegularExpressions;
using Shacache.Core.Upstreams;

namespace Shacache.Cli.Locks;

/// <summary><c>requirements.txt</c> of pip, in which each version is fixed.</summary>
internal static partial class Requirements
{
    public static void Read(IReadOnlyList<string> lines, LockContent content)
    {
        string whole = "";
        foreach (string line in lines)
        {
            string plain = line.Trim();
            int comment = plain.IndexOf(" #", StringComparison.Ordinal);
            if (comment >= 0)
                plain = plain[..comment].TrimEnd();
            whole = whole.Length == 0 ? plain : $"{whole} {plain}";
            if (whole.EndsWith('\\'))
            {
                whole = whole[..^1].TrimEnd();
                continue;
            }

            ReadOne(whole, content);
            whole = "";
        }

        if (whole.Length > 0)
            ReadOne(whole, content);
    }

    private static void ReadOne(string line, LockContent content)
    {
        if (line.StartsWith('-'))
        {
            string option = line.Split([' ', '='], 2)[0];
            if (option is "-r" or "--requirement" or "-c" or "--constraint" or "-e" or "--editable")
                throw new InvalidDataException($"the line '{line}' names another file or folder; give each file by itself");
            return;
        }

        Match fixedVersion = Fixed().Match(line);
        if (!fixedVersion.Success)
            throw new InvalidDataException($"the line '{line}' fixes no version; write NAME==VERSION with --hash, as 'pip-compile --generate-hashes' does");
        string[] hashes = [.. Hash().Matches(line).Select(match => $"{match.Groups["algorithm"].Value}-{match.Groups["hex"].Value}")];
        content.Add(new RemoteOrderDocument { Type = "pypi", Name = fixedVersion.Groups["name"].Value, Version = fixedVersion.Groups["version"].Value, Hashes = hashes.Length > 0 ? hashes : null });
    }

    [GeneratedRegex(@"^(?<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*={2,3}\s*(?<version>[^\s;,*]+)(?:\s|;|$)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Fixed();

    [GeneratedRegex(@"--hash[= ](?<algorithm>[a-z0-9]+):(?<hex>[0-9a-fA-F]+)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Hash();
}
