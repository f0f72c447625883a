using System.Buffers;
using System.Text.Json;

namespace Features.Server.Online.Json;

/// <summary>The body of <c>POST /materialize</c> and <c>POST /materialize-incremental</c>: the views. An interval is read, held to be one, and not needed, for what is new is known from the snapshots.</summary>
internal static class StepRequest
{
    /// <returns>The views by name; none for all.</returns>
    /// <exception cref="OnlineFault">It is no such request.</exception>
    public static IReadOnlyList<string> Read(ReadOnlySequence<byte> body)
    {
        try
        {
            return body.IsEmpty ? [] : Parse(body);
        }
        catch (JsonException fault)
        {
            throw RequestObject.NoJson(fault);
        }
        catch (InvalidOperationException)
        {
            throw RequestObject.NoText();
        }
    }

    private static IReadOnlyList<string> Parse(ReadOnlySequence<byte> body)
    {
        var reader = RequestObject.Begin(body);
        IReadOnlyList<string> views = [];
        DateTimeOffset? start = null, end = null;
        while (RequestObject.NextKey(ref reader, out var key))
        {
            switch (key)
            {
                case "feature_views": views = RequestObject.Texts(ref reader, key); break;
                case "start_ts": start = RequestObject.Time(ref reader, key); break;
                case "end_ts": end = RequestObject.Time(ref reader, key); break;
                case "disable_event_timestamp" when RequestObject.Flag(ref reader, key):
                    throw OnlineFault.Unfit("'disable_event_timestamp' is true, and every view here has an event clock; leave it out: all rows are materialised by it");
                default: reader.Skip(); break;
            }
        }

        RequestObject.End(ref reader);
        return start >= end ? throw OnlineFault.Unfit($"'start_ts' ({start:u}) is not before 'end_ts' ({end:u})") : views;
    }
}
