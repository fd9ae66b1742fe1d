using System.Text;
using Shacache.Client.Errors;
using Shacache.Core.Messages;

namespace Shacache.Client.Configuration;

/// <summary>A configuration file such as slapos.cfg, read as Python 3's <c>ConfigParser()</c> reads it.</summary>
/// <remarks>
/// Names of sections are case-sensitive, names of options are not. A value goes on in the lines that are indented deeper than
/// its first; full-line comments (<c>#</c>, <c>;</c>) are allowed between them. <c>%(name)s</c> refers to another option. A section
/// or option that is there twice, or any other line, is an error (docs/configuration.md). Immutable.
/// </remarks>
public sealed class ConfigFile
{
    /// <summary>The section whose options every section has.</summary>
    public const string DefaultSection = "DEFAULT";

    /// <summary>The largest file that is read, in bytes.</summary>
    public const int MaxFileBytes = 16 * 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly IReadOnlyDictionary<string, ConfigSection> _sections;
    private readonly ConfigSection _defaults;

    private ConfigFile(string name, ConfigReader reader)
    {
        Name = name;
        _sections = reader.Sections;
        _defaults = reader.Defaults;
    }

    /// <summary>The file's name, as messages have it.</summary>
    public string Name { get; }

    /// <summary>The names of the sections in their order, without [DEFAULT].</summary>
    public IEnumerable<string> Sections => _sections.Keys;

    /// <summary>Reads a file of UTF-8.</summary>
    /// <exception cref="NetworkCacheConfigurationException">It cannot be read, or breaks the rules; the message names file and line.</exception>
    public static ConfigFile Load(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length > MaxFileBytes)
                throw new NetworkCacheConfigurationException($"{path}: the file has {file.Length} bytes; at most {MaxFileBytes} are read.") { File = path };
            byte[] bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return Parse(StrictUtf8.GetString(bytes), path);
        }
        catch (DecoderFallbackException e)
        {
            throw new NetworkCacheConfigurationException($"{path}: the file is not UTF-8 (byte {e.Index}).", e) { File = path };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NetworkCacheConfigurationException($"{path}: the file cannot be read: {FileTrouble.Explain(e, path)}.", e) { File = path };
        }
    }

    /// <summary>Reads text that came from elsewhere.</summary>
    /// <param name="text">The content of the file.</param>
    /// <param name="name">What messages are to call it.</param>
    /// <exception cref="NetworkCacheConfigurationException">It breaks the rules; the message names file and line.</exception>
    public static ConfigFile Parse(string text, string name)
    {
        var reader = new ConfigReader(name);
        reader.Read(text);
        return new ConfigFile(name, reader);
    }

    /// <summary>Whether there is such a section; [DEFAULT] is none.</summary>
    public bool HasSection(string section) => _sections.ContainsKey(section);

    /// <summary>The names of a section's options in lower case, those of [DEFAULT] last; empty when there is no such section.</summary>
    public IEnumerable<string> Options(string section) => Section(section)?.Options.Union(_defaults.Options) ?? [];

    /// <summary>The value of an option, references replaced.</summary>
    /// <param name="section">The section, case-sensitive; DEFAULT is allowed.</param>
    /// <param name="option">The option, in any case.</param>
    /// <returns>Null when there is no such section, or neither it nor [DEFAULT] has the option.</returns>
    /// <exception cref="NetworkCacheConfigurationException">A reference in the value cannot be replaced.</exception>
    public string? Find(string section, string option)
    {
        if (Section(section) is not { } found)
            return null;
        string name = PythonText.Lower(option);
        return (found.Find(name) ?? _defaults.Find(name)) is { } value ? new Interpolation(Name, found, _defaults).Expand(value) : null;
    }

    private ConfigSection? Section(string name) => name == DefaultSection ? _defaults : _sections.GetValueOrDefault(name);
}
