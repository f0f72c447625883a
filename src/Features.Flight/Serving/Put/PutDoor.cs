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
        var target = await FindAsync(into, request, schema, caller, cancellationToken).ConfigureAwait(false);
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

    // Who may not append learns nothing of the target, not even whether it is there. A table is asked about before it is looked for; of a push source only
    // its definition says which table it fills, so that a refusal says the same of one that is there and of one that is not.
    private async Task<PutTarget> FindAsync(IFlightSink into, PutRequest request, Schema schema, Caller caller, CancellationToken cancellationToken)
    {
        if (request.Table is { } table)
        {
            if (await AskAsync(table, schema, caller, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                throw FlightErrors.Denied(reason);
            }

            var found = await into.FindAsync(request, cancellationToken).ConfigureAwait(false)
                ?? throw FlightErrors.NoTarget($"there is no table '{table}', and no pipeline makes it; create it, or apply a pipeline with it as its target");
            return found.Table == table || await AskAsync(found.Table, schema, caller, cancellationToken).ConfigureAwait(false) is null
                ? found
                : throw FlightErrors.Denied($"'{caller.Subject}' may not append to '{table}'");
        }

        var target = await into.FindAsync(request, cancellationToken).ConfigureAwait(false);
        return await AskAsync(target?.Table ?? request.Push!, schema, caller, cancellationToken).ConfigureAwait(false) is null
            ? target ?? throw FlightErrors.NoTarget($"no definition in force declares the push source '{request.Push}'")
            : throw FlightErrors.Denied($"'{caller.Subject}' may not append to the push source '{request.Push}', or to the table that it would fill");
    }

    /// <summary>Why the caller may not append to a table; null if it may.</summary>
    private async Task<string?> AskAsync(string table, Schema schema, Caller caller, CancellationToken cancellationToken)
    {
        var decision = await access.DecideAsync(caller.Asks(FlightPurpose.Put, table, [.. schema.FieldsList.Select(field => field.Name)]), cancellationToken).ConfigureAwait(false);
        return decision.IsAllowed ? null : decision.Reason;
    }

    private static RecordBatch? Read(IpcDecoder decoder, FlightData message) => decoder.Read(message.DataHeader.Span, message.DataBody.Memory);

    private static RecordBatch Plain(RecordBatch batch, Schema schema)
    {
        try
        {
            return NullSlots.Cleared(PlainColumns.Decode(batch, schema));
        }
        catch (NotSupportedException fault)
        {
            throw FlightErrors.Malformed(fault.Message);
        }
    }

    private static PutRequest RequestOf(FlightDescriptor descriptor)
    {
        Descriptors.CheckSize(descriptor);
        return descriptor.Type switch
        {
            FlightDescriptor.Types.DescriptorType.Cmd => PutRequestJson.Parse(descriptor.Cmd.Memory),
            FlightDescriptor.Types.DescriptorType.Path when descriptor.Path is [{ Length: > 0 } name] => PutRequestJson.Parse(JsonSerializer.SerializeToUtf8Bytes(new { table = name })),
            _ => throw FlightErrors.Malformed("the descriptor must be a path of one part, the table's name, or a JSON command as schemas/flight/put/request.schema.json describes it"),
        };
    }
}
