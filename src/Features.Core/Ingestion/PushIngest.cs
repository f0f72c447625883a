using Apache.Arrow;
using Apache.Arrow.Ipc;
using Features.Core.Definitions;
using Features.Core.Inbox;
using Features.Iceberg;
using Features.Iceberg.Storage;

namespace Features.Core.Ingestion;

/// <summary>
/// Takes pushed rows in durably: they are on disk, as an Arrow file in the folder of their push source, and their batch is in the inbox, before the push is acknowledged. From there they go the way of every file, exactly once.
/// </summary>
/// <param name="inbox">Where batches wait.</param>
/// <param name="root">The workspace; the files lie in <c>push/NAME/</c> of it.</param>
/// <param name="clock">The clock of the pushes' ids.</param>
public sealed class PushIngest(IInbox inbox, string root, TimeProvider clock)
{
    private readonly LocalObjectStore storage = new();

    /// <summary>Takes rows in. They stay the caller's.</summary>
    /// <param name="source">Where they were pushed.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="pushId">Names the push, so that it may be sent again with the same rows and counts once: letters, digits and dashes. Null makes one up.</param>
    /// <param name="cancellationToken">Stops it before it is in the inbox.</param>
    /// <exception cref="PushException">The id names another push, or is none.</exception>
    public async Task<Acceptance> AcceptAsync(PushSource source, RecordBatch rows, string? pushId, CancellationToken cancellationToken)
    {
        var id = pushId ?? Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        if (id.Length is 0 or > 100 || id.Any(c => !char.IsAsciiLetterOrDigit(c) && c != '-'))
        {
            throw new PushException("push-id", $"'{id}' is no id of a push; use up to 100 letters, digits and dashes, such as a UUID");
        }

        var path = Path.Combine(root, PushPipeline.Folder, source.Name, $"{id}.arrow");
        using var content = new MemoryStream();
        using (var writer = new ArrowFileWriter(content, rows.Schema, leaveOpen: true))
        {
            await writer.WriteRecordBatchAsync(rows, cancellationToken).ConfigureAwait(false);
            await writer.WriteEndAsync(cancellationToken).ConfigureAwait(false);
        }

        await WriteAsync(path, content, source.Name, cancellationToken).ConfigureAwait(false);
        var arrival = new Arrival("push", id, PushPipeline.NameOf(source.Name), path, await LocalETag.OfAsync(path, cancellationToken).ConfigureAwait(false), content.Length);
        return await inbox.AcceptAsync(arrival, cancellationToken).ConfigureAwait(false);
    }

    private async Task WriteAsync(string path, MemoryStream content, string source, CancellationToken cancellationToken)
    {
        try
        {
            var writer = await storage.CreateAsync(path, cancellationToken).ConfigureAwait(false);
            await using (writer.ConfigureAwait(false))
            {
                await writer.Stream.WriteAsync(content.GetBuffer().AsMemory(0, (int)content.Length), cancellationToken).ConfigureAwait(false);
                await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (AlreadyExistsException)
        {
            var standing = await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
            if (!standing.AsSpan().SequenceEqual(content.GetBuffer().AsSpan(0, (int)content.Length)))
            {
                throw new PushException("push-id", $"the push '{Path.GetFileNameWithoutExtension(path)}' to '{source}' was sent before with other rows; give this one an id of its own");
            }
        }
    }
}
