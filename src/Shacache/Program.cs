using Shacache.Cli;
using Shacache.Cli.Commands.Serving;
using Shacache.Cli.Serving;
using Shacache.Posix;

// Before anything opens a file or begins a thread.
if (ProcessCalls.Is64BitLinux)
{
    InheritedDescriptors.OccupyStandardStreams();
    ProcessCalls.SaveAddressSpace();
}

bool serves = Array.Find(args, argument => !argument.StartsWith('-')) == ServeCommand.Name;
return (serves ? DescriptorLimit.FindRefusal() : null) ?? await CommandLine.RunAsync(args);
