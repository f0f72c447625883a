using System.Text.Json;
using Apache.Arrow;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Features.Flight.Validation;
using Google.Protobuf;
using Grpc.Core;

namespace Features.Flight.Serving.Put;

/// <summary>DoPut: rows come in validated and one message at a time, so that a sender is never faster than the sink; they are committed when the sender ends its stream, and not at all if it breaks off.</summary>
internal sealed class PutDoor(IFlightAccess access, FlightOptions options, TimeProvider clock, IFlightSink? sink = null)
{
    private const long ProgressBytes = 16 << 20;
    private int running;

    public async Task RunAsync(IAsyncStreamReader<FlightData> messages, IServerStreamWriter<PutResult> results, Caller caller, CancellationToken cancellationToken)
    {
        if (sink is null)
        {
            throw FlightErrors.NotServed("this service takes no rows: it has nowhere to put them");
        }

        try
        {
            if (Interlocked.Increment(ref running) > options.Put.MaxConcurrent)
            {
                throw FlightErrors.Exhausted($"{options.Put.MaxConcurrent} puts are running, which is the most at a time; try again when one has ended");
            }

            await RunAsync(sink, new PutMessages(messages, options.Put, clock), results, caller, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }

    private async Task RunAsync(IFlightSink into, PutMessages messages, IServerStreamWriter<PutResult> results, Caller caller, CancellationToken cancellationToken)
    {
        if (!await messages.NextAsync(cancellationToken).ConfigureAwait(false) || messages.Current.FlightDescriptor is not { } descriptor)
        {
            throw FlightErrors.Malformed("the first message of a put must have a descriptor that says where the rows go, as schemas/flight/put/request.schema.json describes it");
        }

        var request = RequestOf(descriptor);
        var target = await into.FindAsync(request, cancellationToken).ConfigureAwait(false)
            ?? throw FlightErrors.NoTarget(request.Table is { } table ? $"there is no table '{table}', and no pipeline makes it; create it, or apply a pipeline with it as its target" : $"no definition in force declares the push source '{request.Push}'");
        var decoder = new IpcDecoder(new IpcLimits());
        while (decoder.Schema is null)
        {
            if (messages.Current.DataHeader.Length > 0)
            {
                Read(decoder, messages.Current);
            }
            else if (!await messages.NextAsync(cancellationToken).ConfigureAwait(false))
            {
                throw FlightErrors.Malformed("the stream ended before its schema; send the schema first, also where there are no rows");
            }
        }

        var schema = PlainColumns.Of(decoder.Schema);
        await AllowAsync(target, schema, caller, cancellationToken).ConfigureAwait(false);
        var put = await into.OpenAsync(target, request, schema, cancellationToken).ConfigureAwait(false);
        await using (put.ConfigureAwait(false))
        {
            var progress = new PutProgress(results, ProgressBytes);
            while (await messages.NextAsync(cancellationToken).ConfigureAwait(false))
            {
                // A message without a header carries metadata alone, which means nothing here.
                if (messages.Current.DataHeader.Length > 0 && Read(decoder, messages.Current) is { } batch)
                {
                    using var rows = Plain(batch, schema);
                    await put.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
                    progress.Took(rows.Length, messages.Bytes);
                }
            }

            var receipt = await put.CommitAsync(cancellationToken).ConfigureAwait(false);
            await progress.EndAsync(receipt, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task AllowAsync(PutTarget target, Schema schema, Caller caller, CancellationToken cancellationToken)
    {
        var question = caller.Asks(FlightPurpose.Put, target.Table, [.. schema.FieldsList.Select(field => field.Name)]);
        var decision = await access.DecideAsync(question, cancellationToken).ConfigureAwait(false);
        if (!decision.IsAllowed)
        {
            throw FlightErrors.Denied(decision.Reason);
        }
    }

    private static RecordBatch? Read(IpcDecoder decoder, FlightData message) => decoder.Read(message.DataHeader.Span, message.DataBody.Memory);

    private static RecordBatch Plain(RecordBatch batch, Schema schema)
    {
        try
        {
            return PlainColumns.Decode(batch, schema);
        }
        catch (NotSupportedException fault)
        {
            throw FlightErrors.Malformed(fault.Message);
        }
    }

    private static PutRequest RequestOf(FlightDescriptor descriptor) => descriptor.Type switch
    {
        FlightDescriptor.Types.DescriptorType.Cmd => PutRequestJson.Parse(descriptor.Cmd.Memory),
        FlightDescriptor.Types.DescriptorType.Path when descriptor.Path is [{ Length: > 0 } name] => PutRequestJson.Parse(JsonSerializer.SerializeToUtf8Bytes(new { table = name })),
        _ => throw FlightErrors.Malformed("the descriptor must be a path of one part, the table's name, or a JSON command as schemas/flight/put/request.schema.json describes it"),
    };
}
