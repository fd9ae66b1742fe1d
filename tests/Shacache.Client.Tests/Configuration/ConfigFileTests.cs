using System.Text;
using System.Text.Json;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;

namespace Shacache.Client.Tests.Configuration;

public sealed class ConfigFileTests
{
    private static readonly JsonElement Cases = Golden.Read("configparser.json");

    public static IEnumerable<TheoryDataRow<string>> CaseNames =>
        Cases.EnumerateArray().Select(item => new TheoryDataRow<string>(item.GetProperty("name").GetString()!));

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void Load_GoldenCase_ReadsWhatPythonReads(string name)
    {
        JsonElement golden = Cases.EnumerateArray().Single(item => item.GetProperty("name").GetString() == name);
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(path, Encoding.UTF8.GetBytes(golden.GetProperty("input").GetString()!));
        try
        {
            if (golden.TryGetProperty("error", out _))
            {
                NetworkCacheConfigurationException e = Assert.Throws<NetworkCacheConfigurationException>(() => ConfigFile.Load(path));
                Assert.Equal(golden.GetProperty("line").GetInt32(), e.Line);
                Assert.StartsWith($"{path}:{e.Line}: ", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', e.Message);
            }
            else
            {
                AssertSame(golden, ConfigFile.Load(path));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Load_SlaposConfiguration_ReadsWhatPythonReads() => AssertSame(Golden.Read("slapos.json"), ConfigFile.Load(Golden.PathOf("slapos.cfg")));

    [Fact]
    public void Load_NoFile_SaysSo()
    {
        NetworkCacheConfigurationException e = Assert.Throws<NetworkCacheConfigurationException>(() => ConfigFile.Load("/nowhere/slapos.cfg"));
        Assert.StartsWith("/nowhere/slapos.cfg: the file cannot be read: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_InvalidUtf8_SaysSo()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, [.. "[a]\nx = "u8, 0xff, (byte)'\n']);
            NetworkCacheConfigurationException e = Assert.Throws<NetworkCacheConfigurationException>(() => ConfigFile.Load(path));
            Assert.Equal($"{path}: the file is not UTF-8 (byte 8).", e.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Parse_OptionTwice_NamesBothLines()
    {
        NetworkCacheConfigurationException e =
            Assert.Throws<NetworkCacheConfigurationException>(() => ConfigFile.Parse("[a]\nFoo = 1\n\nfoo = 2\n", "slapos.cfg"));
        Assert.Equal("slapos.cfg:4: option foo is in section [a] a second time (first in line 2).", e.Message);
        Assert.Equal(("slapos.cfg", 4, "a", "foo"), (e.File, e.Line, e.Section, e.Option));
    }

    [Fact]
    public void Find_BarePercent_NamesOptionAndLine()
    {
        ConfigFile file = ConfigFile.Parse("[networkcache]\nupload-cache-url = https://u:s%3Acret@h\n", "slapos.cfg");
        NetworkCacheConfigurationException e = Assert.Throws<NetworkCacheConfigurationException>(() => file.Find("networkcache", "upload-cache-url"));
        Assert.StartsWith("slapos.cfg:2: option upload-cache-url of section [networkcache] cannot be read: a literal '%'", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_ReferencesThatMultiply_AreBounded()
    {
        var text = new StringBuilder("[a]\nv0 = 0123456789%%\n");
        for (int i = 1; i < 10; i++)
            text.Append($"v{i} = ").Insert(text.Length, $"%(v{i - 1})s", 100).Append('\n');
        ConfigFile file = ConfigFile.Parse(text.ToString(), "slapos.cfg");

        NetworkCacheConfigurationException e = Assert.Throws<NetworkCacheConfigurationException>(() => file.Find("a", "v9"));
        Assert.Contains("longer than", e.Message, StringComparison.Ordinal);
    }

    private static void AssertSame(JsonElement golden, ConfigFile file)
    {
        JsonElement[] sections = [.. golden.GetProperty("sections").EnumerateArray()];
        Assert.Equal(sections.Select(section => section.GetProperty("name").GetString()), file.Sections);
        foreach (JsonElement section in sections)
        {
            string name = section.GetProperty("name").GetString()!;
            JsonElement[] options = [.. section.GetProperty("options").EnumerateArray()];
            Assert.Equal(options.Select(option => option.GetProperty("name").GetString()), file.Options(name));
            foreach (JsonElement option in options)
            {
                string optionName = option.GetProperty("name").GetString()!;
                if (option.TryGetProperty("value", out JsonElement value))
                    Assert.Equal(value.GetString(), file.Find(name, optionName));
                else
                    Assert.Throws<NetworkCacheConfigurationException>(() => file.Find(name, optionName));
            }
        }
    }
}
