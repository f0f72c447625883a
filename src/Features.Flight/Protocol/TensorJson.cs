using System.Text.Json;
using Features.Flight.Layout;

namespace Features.Flight.Protocol;

/// <summary>Tensor options as requests and tickets write them: <c>{"type":"float32","fill":0,"mask":true}</c>. A fill of <c>"nan"</c> is not a number, which JSON has no other way to say.</summary>
internal static class TensorJson
{
    private const string NotANumber = "nan";

    public static TensorOptions Read(RequestMembers json)
    {
        var defaults = new TensorOptions();
        var type = json.Read("type", value => (TensorType?)TypeOf(RequestMembers.TextOf(value))) ?? defaults.Type;
        return new TensorOptions
        {
            Type = type,
            Fill = json.Read("fill", value => (float?)FillOf(value, type)) ?? defaults.Fill,
            Mask = json.Flag("mask"),
        };
    }

    public static void WriteTo(Utf8JsonWriter json, TensorOptions tensor)
    {
        json.WriteStartObject();
        json.WriteString("type", NameOf(tensor.Type));
        if (float.IsNaN(tensor.Fill))
        {
            json.WriteString("fill", NotANumber);
        }
        else
        {
            json.WriteNumber("fill", tensor.Fill);
        }

        json.WriteBoolean("mask", tensor.Mask);
        json.WriteEndObject();
    }

    private static string NameOf(TensorType type) => type == TensorType.Float16 ? "float16" : "float32";

    private static TensorType TypeOf(string name) => name switch
    {
        "float32" => TensorType.Float32,
        "float16" => TensorType.Float16,
        _ => throw new FormatException($"the type '{name}' is unknown; use 'float32' or 'float16'"),
    };

    private static float FillOf(JsonElement value, TensorType type)
    {
        if (value.ValueKind == JsonValueKind.String && value.GetString() == NotANumber)
        {
            return float.NaN;
        }

        var most = type == TensorType.Float16 ? (float)Half.MaxValue : float.MaxValue;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && Math.Abs(number) <= most
            ? (float)number
            : throw new FormatException($"must be a number that the type holds (at most {most:R}), or \"{NotANumber}\"");
    }
}
