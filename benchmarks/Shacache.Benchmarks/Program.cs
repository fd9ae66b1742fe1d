using System.CommandLine;
using Shacache.Benchmarks;
using Shacache.Benchmarks.Archives;
using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Micro;

if (args is [ArchiveChild.Name, var task, var from, var to])
    return await ArchiveChild.RunAsync(task, from, to);

Option<bool> quick = new("--quick") { Description = "Fewer and shorter rounds: under 3 minutes instead of under 15." };
Option<bool> micro = new("--micro") { Description = "Measure single operations in this process instead of servers." };
Option<string[]> only = new("--only")
{
    Description = "Measure only what begins with NAME, such as get-4k or post; repeatable.",
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
Option<FileInfo?> against = new("--against")
{
    Description = "Compare this build with another one instead of with nginx: the shacache.dll of the other, as ./shacache builds it.",
    HelpName = "PROGRAM",
};
Option<bool> list = new("--list") { Description = "List the names for --only." };
against.Validators.Add(result =>
{
    if (result.GetValueOrDefault<FileInfo?>() is { Exists: false } missing)
        result.AddError($"--against: {missing} does not exist.");
});
rounds.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int?>() is < 1)
        result.AddError("--rounds must be at least 1.");
});

RootCommand command = new("Measures shacache against nginx on this machine.") { quick, micro, only, rounds, json, work, against, list };
command.SetAction((arguments, cancellationToken) =>
{
    if (arguments.GetValue(list))
        return Task.FromResult(BenchmarkRun.List());
    string folder = WorkFolder.Create(arguments.GetValue(work)?.FullName);
    if (arguments.GetValue(micro))
        return MicroRun.RunAsync(arguments.GetValue(only)!, folder, cancellationToken);
    RunSettings settings = arguments.GetValue(quick) ? RunSettings.Quick : RunSettings.Full;
    if (arguments.GetValue(rounds) is { } count)
        settings = settings with { Rounds = count, LargeRounds = count };
    return Task.FromResult(BenchmarkRun.Run(
        settings, arguments.GetValue(only)!, folder, arguments.GetValue(json)?.FullName, arguments.GetValue(against)?.FullName, cancellationToken));
});
return await command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(60) });
