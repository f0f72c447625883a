using Features.Iceberg;

namespace Features.Core.Definitions.Rules;

/// <summary>A set being held against the rules; what is wrong is collected.</summary>
/// <param name="set">The definitions.</param>
/// <param name="broken">Definitions that could not be read whole; references to them are not held against whoever refers to them.</param>
/// <param name="placeOf">Where a part of a definition stands, by its path.</param>
internal sealed class RuleCheck(DefinitionSet set, IReadOnlySet<(string Kind, string Name)> broken, Func<Definition, string, SourcePlace?> placeOf)
{
    private readonly List<DefinitionFault> faults = [];

    // Sets of thousands are looked into thousands of times; the first of a name wins, as it does in the set.
    private readonly Dictionary<(Type, string), Definition> byName = set.Definitions.GroupBy(d => (d.GetType(), d.Name)).ToDictionary(g => g.Key, g => g.First());

    public DefinitionSet Set { get; } = set;

    public IReadOnlyList<DefinitionFault> Faults => faults;

    public T? Find<T>(string name)
        where T : Definition => (T?)byName.GetValueOrDefault((typeof(T), name));

    public bool IsBroken<T>(string name) => broken.Contains((typeof(T) == typeof(FeatureSource) ? "Source" : typeof(T).Name, name));

    public T? Reference<T>(Definition from, string path, string? name)
        where T : Definition
    {
        var found = name is null ? null : Find<T>(name);
        if (name is not null && found is null && !IsBroken<T>(name))
        {
            Fault(from, path, $"there is no {typeof(T).Name} '{name}'", $"declare it with kind: {typeof(T).Name}, or refer to another: {NearNames.Hint(name, [.. Set.Definitions.OfType<T>().Select(d => d.Name)], "names")}");
        }

        return found;
    }

    public void Table(Definition definition, string path, string table)
    {
        if (TableIdentifier.TryParse(table) is null)
        {
            Fault(definition, path, $"'{table}' is no table name", "write namespace.name");
        }
    }

    public void Any(Definition definition, string path, int count)
    {
        if (count == 0)
        {
            Fault(definition, path, $"there are no {path}", "give at least one");
        }
    }

    public void Unique(Definition definition, string path, string what, IEnumerable<string> names)
    {
        foreach (var (again, index) in names.Select((n, i) => (n, i)).GroupBy(n => n.n).SelectMany(g => g.Skip(1)))
        {
            Fault(definition, $"{path}/{index}", $"{what} '{again}' stands twice", "remove or rename one");
        }
    }

    public void Types(Definition definition, string path, IEnumerable<(string Name, string Type)> columns, Func<string, bool> isKnown, IReadOnlyList<string> known)
    {
        foreach (var ((name, type), index) in columns.Select((c, i) => (c, i)).Where(c => !isKnown(c.c.Type)))
        {
            Fault(definition, $"{path}/{index}/type", $"'{name}' has the unknown type '{type}'", NearNames.Hint(type, known, "types"));
        }
    }

    public void Fault(Definition definition, string path, string problem, string remedy) =>
        faults.Add(new DefinitionFault(placeOf(definition, path), $"{definition.Kind} '{definition.Name}'", problem, remedy));
}
