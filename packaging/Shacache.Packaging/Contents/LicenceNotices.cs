using System.Text;

namespace Shacache.Packaging.Contents;

/// <summary>Writes the notices that the licences of what is inside demand: a list, then each text once.</summary>
internal static class LicenceNotices
{
    private static readonly string Rule = new('-', 80);

    /// <param name="components">What is inside.</param>
    /// <param name="texts">Folder with the text of each licence, <c>MIT.txt</c> and the like, for components that bring none.</param>
    /// <param name="output">The file to write.</param>
    public static void Write(IReadOnlyList<Component> components, string texts, string output)
    {
        var list = new StringBuilder("The program shacache contains:\n");
        // A text is printed once, for all the components that it belongs to.
        List<(string Text, List<string> Owners)> bodies = [];
        foreach (Component component in components)
        {
            list.Append($"\n{component.Name} {component.Version}\n  {component.Copyright}\n  Licence: {component.Licence ?? "see below"}\n");
            bool hasLicence = component.Notices.Any(file => Path.GetFileName(file).StartsWith("LICENSE", StringComparison.OrdinalIgnoreCase));
            string? general = hasLicence || component.Licence is null ? null : Path.Combine(texts, $"{component.Licence}.txt");
            foreach (string file in component.Notices.Concat(general is null ? [] : [general]))
            {
                string text = File.ReadAllText(file).ReplaceLineEndings("\n").Trim('\n', '\uFEFF');
                int place = bodies.FindIndex(body => body.Text == text);
                if (place < 0)
                    bodies.Add((text, [component.Name]));
                else
                    bodies[place].Owners.Add(component.Name);
            }
        }

        foreach ((string text, List<string> owners) in bodies)
            list.Append($"\n{Rule}\n{string.Join(", ", owners)}:\n\n{text}\n");
        File.WriteAllText(output, list.ToString());
    }
}
