using Shacache.Cli;
using Shacache.Cli.Serving;

return DescriptorLimit.FindRefusal(args) ?? await CommandLine.RunAsync(args);
