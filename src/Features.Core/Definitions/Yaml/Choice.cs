using System.Text.Json;

namespace Features.Core.Definitions.Yaml;

/// <summary>How definitions write the values of an enumeration: <c>MostFrequent</c> is <c>most_frequent</c>.</summary>
internal static class Choice
{
    public static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
