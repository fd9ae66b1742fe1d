using Shacache.Cli;

return await CommandLine.RunAsync(args);
