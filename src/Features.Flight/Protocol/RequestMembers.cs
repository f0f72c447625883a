using System.Text.Json;

namespace Features.Flight.Protocol;

/// <summary>The members of a JSON object, each read as one type; what does not fit is kept as a fault under its name, and reading goes on.</summary>
internal sealed class RequestMembers(JsonElement json, List<string> faults, string path = "")
{
    public bool Has(string name) => json.TryGetProperty(name, out _);

    /// <summary>Names every member that is none of those known.</summary>
    public void CheckKnown(params ReadOnlySpan<string> known)
    {
        foreach (var member in json.EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                faults.Add($"'{path}{member.Name}' is unknown; known are {string.Join(", ", known.ToArray())}");
            }
        }
    }

    public void Refuse(string fault) => faults.Add(fault);

    public string? Text(string name, int most = DatasetRequest.MaxName) => Read(name, value => TextOf(value, most));

    public bool Flag(string name) => Read(name, value => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new FormatException("must be true or false"),
    });

    public long? Integer(string name, long least, long most) =>
        Read(name, value => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most
            ? (long?)number
            : throw new FormatException($"must be a whole number from {least} to {most}"));

    /// <summary>A list of texts, all different, at least one.</summary>
    public string[]? Names(string name) => Read(name, value =>
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > DatasetRequest.MaxColumns)
        {
            throw new FormatException($"must be a list of 1 to {DatasetRequest.MaxColumns} column names; leave it out for all columns");
        }

        var names = value.EnumerateArray().Select(item => TextOf(item, DatasetRequest.MaxName)).ToArray();
        var twice = names.GroupBy(item => item).FirstOrDefault(group => group.Count() > 1);
        return twice is null ? names : throw new FormatException($"has '{twice.Key}' twice");
    });

    /// <summary>An object's members, all of them known; null if it is not there or none.</summary>
    public RequestMembers? Members(string name, params ReadOnlySpan<string> known)
    {
        var inner = Read(name, value => value.ValueKind == JsonValueKind.Object
            ? new RequestMembers(value, faults, $"{path}{name}.")
            : throw new FormatException("must be a JSON object"));
        inner?.CheckKnown(known);
        return inner;
    }

    public T? Read<T>(string name, Func<JsonElement, T> read)
    {
        if (!json.TryGetProperty(name, out var value))
        {
            return default;
        }

        try
        {
            return read(value);
        }
        catch (FormatException fault)
        {
            faults.Add($"'{path}{name}': {fault.Message}");
            return default;
        }
    }

    public static string TextOf(JsonElement value, int most = DatasetRequest.MaxName)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException("must be a string");
        return text.Length > 0 && text.Length <= most ? text : throw new FormatException($"must be a text of 1 to {most} characters");
    }
}
