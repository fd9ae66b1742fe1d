using Shacache.Cli.Running;
using Shacache.Testing;

namespace Shacache.Cli.Completion;

/// <summary>Real shells on a terminal, real TAB keys: what is completed is what the command would get.</summary>
public sealed class ShellCompletionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("bash", "shacache upl\t", "upload")]
    [InlineData("bash", "shacache generate\t", "generate-signature-key")]
    [InlineData("bash", "shacache upload --fi\t", "upload", "--file")]
    [InlineData("bash", "shacache upload --file my\t", "upload", "--file", "my file.tar")]
    [InlineData("bash", "shacache upload -f folder/in\t", "upload", "-f", "folder/inner.cfg")]
    [InlineData("bash", "shacache download --config=sla\t", "download", "--config=slapos.cfg")]
    [InlineData("bash", "shacache download -u my\t", "download", "-u", "my")]
    [InlineData("bash", "shacache download my\t", "download", "my")]
    [InlineData("bash", "shacache fetch --from-f\tmy\t", "fetch", "--from-file", "my file.tar")]
    [InlineData("bash", "shacache generate-signature-key sla\t", "generate-signature-key", "slapos.cfg")]
    [InlineData("bash", "shacache completion z\t", "completion", "zsh")]
    [InlineData("bash", "shacache binary ins\t--allow\t", "binary", "install", "--allow-set-id")]
    [InlineData("bash", "shacache lookup py\t", "lookup", "pypi")]
    [InlineData("bash", "shacache bundle exp\t--key\tmy\t", "bundle", "export", "--keys", "my file.tar")]
    [InlineData("bash", "shacache bundle import my\t", "bundle", "import", "my file.tar")]
    [InlineData("bash", "shacache serve --conf\tsla\t", "serve", "--config", "slapos.cfg")]
    [InlineData("zsh", "shacache upl\t", "upload")]
    [InlineData("zsh", "shacache generate\t", "generate-signature-key")]
    [InlineData("zsh", "shacache upload --fi\t\t", "upload", "--file")]
    [InlineData("zsh", "shacache upload --file my\t", "upload", "--file", "my file.tar")]
    [InlineData("zsh", "shacache upload -f folder/in\t", "upload", "-f", "folder/inner.cfg")]
    [InlineData("zsh", "shacache download -u my\t", "download", "-u", "my")]
    [InlineData("zsh", "shacache fetch -i my\t", "fetch", "-i", "my file.tar")]
    [InlineData("zsh", "shacache generate-signature-key sla\t", "generate-signature-key", "slapos.cfg")]
    [InlineData("zsh", "shacache completion z\t", "completion", "zsh")]
    [InlineData("zsh", "shacache lookup py\t", "lookup", "pypi")]
    [InlineData("zsh", "shacache bundle import my\t", "bundle", "import", "my file.tar")]
    [InlineData("zsh", "shacache serve --conf\t sla\t", "serve", "--config", "slapos.cfg")]
    [InlineData("fish", "shacache upl\t", "upload")]
    [InlineData("fish", "shacache generate\t", "generate-signature-key")]
    [InlineData("fish", "shacache upload --fil\t", "upload", "--file")]
    [InlineData("fish", "shacache upload --file my\t", "upload", "--file", "my file.tar")]
    [InlineData("fish", "shacache upload -f folder/in\t", "upload", "-f", "folder/inner.cfg")]
    [InlineData("fish", "shacache download -u my\t", "download", "-u", "my")]
    [InlineData("fish", "shacache fetch -i my\t", "fetch", "-i", "my file.tar")]
    [InlineData("fish", "shacache generate-signature-key sla\t", "generate-signature-key", "slapos.cfg")]
    [InlineData("fish", "shacache completion z\t", "completion", "zsh")]
    [InlineData("fish", "shacache lookup py\t", "lookup", "pypi")]
    [InlineData("fish", "shacache bundle import my\t", "bundle", "import", "my file.tar")]
    [InlineData("fish", "shacache serve --conf\tsla\t", "serve", "--config", "slapos.cfg")]
    public async Task Tab_InARealShell_Completes(string shell, string typed, params string[] arguments)
    {
        ExternalPrograms.Require(shell);
        File.WriteAllText(_folder["my file.tar"], "");
        File.WriteAllText(_folder["slapos.cfg"], "");
        Directory.CreateDirectory(_folder["folder"]);
        File.WriteAllText(_folder["folder", "inner.cfg"], "");
        // The program itself is not to be run: what it would get is shown.
        File.WriteAllText(_folder[".zshrc"], $"""
            {(shell == "zsh" ? "autoload -U compinit; compinit -u -D; unset zle_bracketed_paste" : "bind 'set enable-bracketed-paste off'")}
            source <($SHACACHE completion {shell})
            shacache() {"{"} printf 'GOT'; printf '<%s>' "$@"; printf 'END\n'; {"}"}
            PS1='READY>'
            """);
        File.WriteAllText(_folder["init.fish"], """
            bash -c '$SHACACHE completion fish' | source
            function shacache; printf 'GOT'; printf '<%s>' $argv; printf 'END\n'; end
            function fish_prompt; printf 'READY>'; end
            set fish_autosuggestion_enabled 0
            """);

        string command = shell switch
        {
            "zsh" => "zsh -d -i",
            "fish" => "fish --no-config --private --init-command 'source init.fish' -i",
            _ => "bash --noprofile --rcfile .zshrc -i",
        };
        using var terminal = PseudoTerminal.Start(_folder.Path, command, ("ZDOTDIR", _folder.Path), ("INPUTRC", "/dev/null"), ("HOME", _folder.Path));
        await terminal.ReadUntilAsync("READY>");
        terminal.Type(typed + "\n");
        await terminal.ReadUntilAsync("GOT");
        string got = await terminal.ReadUntilAsync("END");

        Assert.Equal($"{string.Concat(arguments.Select(argument => $"<{argument}>"))}END", got);
        terminal.Type("exit\n");
        await terminal.FinishAsync();
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Script_IsSoundToItsShell(string shell)
    {
        ExternalPrograms.Require(shell);
        (await ShacacheProgram.RunBashAsync(_folder.Path, $"$SHACACHE completion {shell} > script && {shell} -n script")).AssertDone();
    }
}
