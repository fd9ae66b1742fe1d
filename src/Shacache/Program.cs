using Shacache.Cli;
using Shacache.Cli.Commands.Serving;
using Shacache.Cli.Serving;

bool serves = Array.Find(args, argument => !argument.StartsWith('-')) == ServeCommand.Name;
return (serves ? DescriptorLimit.FindRefusal() : null) ?? await CommandLine.RunAsync(args);
