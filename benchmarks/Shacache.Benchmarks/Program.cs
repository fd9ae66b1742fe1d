using System.CommandLine;
using Shacache.Benchmarks;
using Shacache.Benchmarks.Archives;
using Shacache.Benchmarks.Micro;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;

if (args is [ArchiveChild.Name, var task, var from, var to])
    return await ArchiveChild.RunAsync(task, from, to);

Option<bool> table = new("--table") { Description = "Measure only the goals of speed, in 9 rounds: under 15 minutes." };
Option<bool> quick = new("--quick") { Description = "Fewer and shorter rounds, and less to fill." };
Option<bool> micro = new("--micro") { Description = "Measure single operations in this process instead of servers." };
Option<string[]> only = new("--only")
{
    Description = "Measure only NAME, or what begins with it, such as get-4k or post; repeatable.",
    HelpName = "NAME",
    DefaultValueFactory = _ => [],
};
Option<int?> rounds = new("--rounds") { Description = "Rounds of each measurement.", HelpName = "N" };
Option<FileInfo?> json = new("--json") { Description = "Also write the results, with every round, to FILE.", HelpName = "FILE" };
Option<DirectoryInfo?> work = new("--work")
{
    Description = "Keep the temporary data in a new folder below DIR, on the disk to be measured. Default: artifacts/ of the repository.",
    HelpName = "DIR",
};
Option<FileInfo?> native = ProgramOption("--native", "The native program, measured beside the one that is compiled at run time. Default: that of this tree, when it is built.");
Option<FileInfo?> against = ProgramOption("--against", "Another build, measured beside this one: its native program, or its shacache.dll as ./shacache builds it.");
Option<bool> list = new("--list") { Description = "List the names for --only." };
rounds.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int?>() is < 1)
        result.AddError("--rounds must be at least 1.");
});

RootCommand command = new("Measures shacache against nginx on this machine.") { table, quick, micro, only, rounds, json, work, native, against, list };
command.Validators.Add(result =>
{
    if (result.GetValue(table) && result.GetValue(only) is { Length: > 0 })
        result.AddError("--table and --only exclude each other.");
});
command.SetAction((arguments, cancellationToken) =>
{
    if (arguments.GetValue(list))
        return Task.FromResult(BenchmarkRun.List());
    string folder = WorkFolder.Create(arguments.GetValue(work)?.FullName);
    if (arguments.GetValue(micro))
        return MicroRun.RunAsync(arguments.GetValue(only)!, folder, cancellationToken);
    bool isTable = arguments.GetValue(table);
    RunSettings settings = arguments.GetValue(quick) ? RunSettings.Quick : isTable ? RunSettings.Table : RunSettings.Full;
    if (arguments.GetValue(rounds) is { } count)
        settings = settings with { Rounds = count, LargeRounds = count };
    IReadOnlyList<OurProgram> programs = OurProgram.List(arguments.GetValue(native)?.FullName, arguments.GetValue(against)?.FullName);
    IReadOnlyCollection<string> names = isTable ? [.. Goals.Table] : arguments.GetValue(only)!;

    // On a thread of its own: signals are listened to once this has returned.
    return Task.Run(() => BenchmarkRun.Run(settings, programs, names, folder, arguments.GetValue(json)?.FullName, cancellationToken), CancellationToken.None);
});
ParseResult parsed = command.Parse(args);
int status = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });
return parsed.Errors.Count > 0 ? BenchmarkRun.Usage : status;

static Option<FileInfo?> ProgramOption(string name, string description)
{
    Option<FileInfo?> option = new(name) { Description = description, HelpName = "FILE" };
    option.Validators.Add(result =>
    {
        if (result.GetValueOrDefault<FileInfo?>() is { Exists: false } missing)
            result.AddError($"{name}: {missing} does not exist.");
    });
    return option;
}
