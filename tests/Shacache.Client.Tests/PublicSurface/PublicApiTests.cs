using System.Reflection;
using PublicApiGenerator;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Client.Tests.PublicSurface;

/// <summary>
/// What programs of others may use of the NuGet package, as src/Shacache.Client/PublicApi.txt pins it: the public types of the client, and those of the
/// domain that they mention. A change of it is seen in the diff of that file.
/// </summary>
public sealed class PublicApiTests
{
    private const string Update = "SHACACHE_TEST_UPDATE_API";

    private static readonly string Pinned = Path.Combine(Repository.Root, "src", "Shacache.Client", "PublicApi.txt");
    private static readonly Assembly Client = typeof(NetworkCacheClient).Assembly;
    private static readonly Assembly Domain = typeof(Digest).Assembly;

    [Fact]
    public void PublicSurface_OfThePackage_IsThePinnedOne()
    {
        string surface = $"{Print(Client, Client.GetExportedTypes())}\n{Print(Domain, [.. MentionedTypes()])}";
        if (Environment.GetEnvironmentVariable(Update) == "1")
            File.WriteAllText(Pinned, surface);

        string[] pinned = File.ReadAllLines(Pinned), found = surface.TrimEnd('\n').Split('\n');
        string difference = string.Join('\n', pinned.Except(found).Select(line => $"- {line.Trim()}").Concat(found.Except(pinned).Select(line => $"+ {line.Trim()}")));
        Assert.True(pinned.SequenceEqual(found), $"The public surface has changed. If that is meant, and in CHANGELOG.md: {Update}=1 ./test Client\n{difference}");
    }

    [Fact]
    public void PublicSurface_OfThePackage_MentionsNoOtherProject() =>
        Assert.DoesNotContain(Client.GetExportedTypes().Concat(MentionedTypes()).SelectMany(Mentions), type => type.Assembly.GetName().Name is "Shacache.Posix" or "Shacache.Protocol");

    private static string Print(Assembly assembly, Type[] types) => assembly.GeneratePublicApi(new ApiGeneratorOptions
    {
        IncludeTypes = types,
        IncludeAssemblyAttributes = false,
        ExcludeAttributes = ["System.Runtime.CompilerServices.AsyncIteratorStateMachineAttribute"],
    }).ReplaceLineEndings("\n").TrimEnd('\n') + "\n";

    /// <summary>The types of the domain that can be reached from those of the client.</summary>
    private static HashSet<Type> MentionedTypes()
    {
        HashSet<Type> seen = [];
        var open = new Queue<Type>(Client.GetExportedTypes());
        while (open.TryDequeue(out Type? type))
        {
            foreach (Type mentioned in Mentions(type).Where(mentioned => mentioned.Assembly == Domain && mentioned.IsVisible))
            {
                if (seen.Add(mentioned))
                    open.Enqueue(mentioned);
            }
        }

        return seen;
    }

    private static IEnumerable<Type> Mentions(Type type)
    {
        const BindingFlags Visible = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        IEnumerable<Type?> types =
        [
            type.BaseType, type.DeclaringType, .. type.GetInterfaces(),
            .. type.GetMethods(Visible).SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)),
            .. type.GetConstructors(Visible).SelectMany(constructor => constructor.GetParameters()).Select(parameter => parameter.ParameterType),
            .. type.GetFields(Visible).Select(field => field.FieldType),
            .. type.GetNestedTypes(BindingFlags.Public),
        ];
        return types.OfType<Type>().SelectMany(Parts);
    }

    /// <summary>Of a list of digests, the list and the digest.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
            return Parts(type.GetElementType()!);
        return type.IsConstructedGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()) : [type];
    }
}
