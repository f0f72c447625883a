using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Features.Core.Definitions.Yaml;

/// <summary>A mapping being read key by key. Every wrong, missing or unknown key becomes a fault, and reading goes on with a harmless value.</summary>
internal sealed class YamlMap(YamlMappingNode node, string which, YamlFaults faults)
{
    private readonly HashSet<string> asked = [];

    public YamlMappingNode Node { get; } = node;

    public string Which { get; } = which;

    public bool Has(string key) => Find(key) is not null;

    public string Text(string key)
    {
        if (Find(key) is not { } value)
        {
            Missing(key);
            return "";
        }

        var text = AsText(value, key);
        if (string.IsNullOrWhiteSpace(text) && text is not null)
        {
            Fault(value, $"'{key}' is empty", $"write {key}: followed by its text");
        }

        return text ?? "";
    }

    public string? OptionalText(string key) => Find(key) is { } value ? AsText(value, key) : null;

    public bool Flag(string key)
    {
        switch (Find(key))
        {
            case null:
                return false;
            case YamlScalarNode { Style: ScalarStyle.Plain, Value: "true" or "false" } scalar:
                return scalar.Value == "true";
            case var other:
                Fault(other, $"'{key}' is not a truth value", "write true or false");
                return false;
        }
    }

    public long? OptionalInteger(string key)
    {
        if (OptionalText(key) is not { } text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            return number;
        }

        Fault(key, $"'{key}' is '{text}', which is no whole number", "write digits alone, such as 42");
        return null;
    }

    public double? OptionalNumber(string key)
    {
        if (OptionalText(key) is not { } text)
        {
            return null;
        }

        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            return number;
        }

        Fault(key, $"'{key}' is '{text}', which is no number", "write a number such as 0.8");
        return null;
    }

    /// <summary>A moment: ISO 8601; a date is its first moment, and without an offset it is UTC.</summary>
    public DateTimeOffset? OptionalMoment(string key)
    {
        if (OptionalText(key) is not { } text)
        {
            return null;
        }

        if (Moments.TryParse(text) is { } moment)
        {
            return moment;
        }

        Fault(key, $"'{key}' is '{text}', which is no moment", "write a date or a date and time, such as 2024-01-31 or 2024-01-31T12:00:00Z, to the microsecond at most");
        return null;
    }

    /// <summary>One of an enumeration's values, written in lower case with underscores.</summary>
    public T? OptionalChoice<T>(string key)
        where T : struct, Enum
    {
        if (OptionalText(key) is not { } text)
        {
            return null;
        }

        if (Enum.GetValues<T>().Where(v => Choice.Name(v) == text).ToList() is [var choice])
        {
            return choice;
        }

        Fault(key, $"'{key}' is '{text}'", $"write one of {string.Join(", ", Enum.GetValues<T>().Select(v => Choice.Name(v)))}");
        return null;
    }

    /// <summary>As <see cref="OptionalChoice{T}"/>, for a key that must be there; without it the first value.</summary>
    public T RequiredChoice<T>(string key)
        where T : struct, Enum
    {
        if (!Has(key))
        {
            Missing(key);
        }

        return OptionalChoice<T>(key) ?? default;
    }

    public TimeSpan? OptionalDuration(string key)
    {
        if (OptionalText(key) is not { } text)
        {
            return null;
        }

        if (Duration.TryParse(text) is { } duration)
        {
            return duration;
        }

        Fault(Find(key)!, $"'{key}' is '{text}', which is no duration", "write a whole number above 0 and a unit of us, ms, s, m, h, d, such as 15m, 3h, 7d");
        return null;
    }

    public IReadOnlyList<string> Texts(string key, bool isRequired = false) =>
        [.. Items(key, isRequired).Select(i => AsText(i, key)).OfType<string>()];

    /// <summary>A list whose items are texts or mappings; each item yields any number of texts.</summary>
    public IReadOnlyList<string> TextsOrMaps(string key, string itemKind, Func<YamlMap, IEnumerable<string>> read, bool isRequired = false)
    {
        var texts = new List<string>();
        foreach (var (index, item) in Items(key, isRequired).Index())
        {
            if (item is not YamlMappingNode mapping)
            {
                texts.AddRange(AsText(item, key) is { } text ? [text] : []);
                continue;
            }

            var map = new YamlMap(mapping, $"{Which} {itemKind} {index + 1}", faults);
            texts.AddRange(read(map));
            map.Close();
        }

        return texts;
    }

    public bool IsMap(string key) => Find(key) is YamlMappingNode;

    public bool IsList(string key) => Find(key) is YamlSequenceNode;

    public IReadOnlyList<T> Maps<T>(string key, string itemKind, Func<YamlMap, T?> read, bool isRequired = false)
        where T : class
    {
        var items = new List<T>();
        foreach (var (index, item) in Items(key, isRequired).Index())
        {
            if (AsMap(item, key, $"{Which} {itemKind} {index + 1}") is not { } map)
            {
                continue;
            }

            if (read(map) is { } value)
            {
                items.Add(value);
            }

            map.Close();
        }

        return items;
    }

    public YamlMap? Map(string key)
    {
        if (Find(key) is not { } value)
        {
            Missing(key);
            return null;
        }

        return AsMap(value, key, Which);
    }

    public IReadOnlyDictionary<string, string> TextMap(string key)
    {
        var map = new Dictionary<string, string>();
        if (Find(key) is { } value && AsMap(value, key, Which) is { } entries)
        {
            foreach (var name in entries.Node.Children.Keys.OfType<YamlScalarNode>())
            {
                map[name.Value!] = entries.Text(name.Value!);
            }
        }

        return map;
    }

    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> TextMaps(string key)
    {
        var map = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        if (Find(key) is { } value && AsMap(value, key, Which) is { } entries)
        {
            foreach (var name in entries.Node.Children.Keys.OfType<YamlScalarNode>())
            {
                map[name.Value!] = entries.TextMap(name.Value!);
            }
        }

        return map;
    }

    /// <summary>Marks keys as known that carry nothing here.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            asked.Add(key);
        }
    }

    /// <summary>Reports the keys that nobody asked for.</summary>
    public void Close()
    {
        foreach (var key in Node.Children.Keys)
        {
            if (key is not YamlScalarNode { Value: { } name })
            {
                Fault(key, "a key is not a text", "write each key as a plain word");
            }
            else if (!asked.Contains(name))
            {
                Fault(key, $"unknown key '{name}'", NearNames.Hint(name, asked, "keys"));
            }
        }
    }

    public void Fault(YamlNode at, string problem, string remedy) => faults.Add(at, Which, problem, remedy);

    public void Fault(string key, string problem, string remedy) => Fault(Find(key) ?? Node, problem, remedy);

    private YamlNode? Find(string key)
    {
        asked.Add(key);
        return Node.Children.TryGetValue(new YamlScalarNode(key), out var value) ? value : null;
    }

    private IEnumerable<YamlNode> Items(string key, bool isRequired)
    {
        switch (Find(key))
        {
            case null when isRequired:
                Missing(key);
                return [];
            case null:
                return [];
            case YamlSequenceNode { Children.Count: 0 } list when isRequired:
                Fault(list, $"'{key}' is empty", "give at least one item");
                return [];
            case YamlSequenceNode list:
                return list.Children;
            case var other:
                Fault(other, $"'{key}' is not a list", $"write {key}: [ … ], or one item a line with a leading dash");
                return [];
        }
    }

    private string? AsText(YamlNode value, string key)
    {
        // A plain null (~, or nothing after the colon) is no text; a quoted one is.
        if (value is YamlScalarNode scalar && (scalar.Style != ScalarStyle.Plain || scalar.Value is not ("" or "~" or "null" or null)))
        {
            return scalar.Value;
        }

        Fault(value, $"'{key}' is not a text", $"write {key}: followed by its text");
        return null;
    }

    private YamlMap? AsMap(YamlNode value, string key, string name)
    {
        if (value is YamlMappingNode map)
        {
            return new YamlMap(map, name, faults);
        }

        Fault(value, $"'{key}' is not a mapping", $"write {key}: {{ key: value, … }}");
        return null;
    }

    private void Missing(string key) => Fault(Node, $"the key '{key}' is missing", $"add {key}:");
}
