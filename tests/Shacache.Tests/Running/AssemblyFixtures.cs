using System.Runtime.Versioning;
using Shacache.Cli.Running;

[assembly: AssemblyFixture(typeof(CacheSite))]

// Shells, file modes and signals are tested where the program is used.
[assembly: UnsupportedOSPlatform("windows")]
