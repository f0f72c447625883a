using System.Text.Json;

namespace Features.Flight.Client.Messages;

/// <summary>Where a batch stands in its epoch, as its message's app_metadata says (<c>schemas/flight</c>, DoGet).</summary>
internal readonly record struct BatchPlace(long Position, long Step)
{
    /// <summary>Reads it without allocating; null if the metadata is empty or says something else.</summary>
    public static BatchPlace? Read(ReadOnlySpan<byte> metadata)
    {
        if (metadata.IsEmpty || metadata[0] != (byte)'{')
        {
            return null;
        }

        long? position = null;
        long? step = null;
        try
        {
            var json = new Utf8JsonReader(metadata);
            while (json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName && json.CurrentDepth == 1)
                {
                    var (isPosition, isStep) = (json.ValueTextEquals("position"u8), json.ValueTextEquals("step"u8));
                    json.Read();
                    long? value = json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number) ? number : null;
                    (position, step) = (isPosition ? value : position, isStep ? value : step);
                    json.Skip();
                }
            }
        }
        catch (JsonException)
        {
            return null;
        }

        return position is { } p && step is { } s ? new BatchPlace(p, s) : null;
    }
}
