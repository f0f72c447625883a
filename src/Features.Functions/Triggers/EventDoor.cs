using Features.Core.Inbox;
using Features.Core.Ingestion;
using Microsoft.Extensions.Logging;

namespace Features.Functions.Triggers;

/// <summary>Takes objects in for the pipelines whose patterns they match. Returns once every acceptance is durable.</summary>
public sealed class EventDoor(IInbox inbox, IPipelines pipelines, Landing landing, ILogger<EventDoor> log)
{
    /// <summary>Takes the objects in.</summary>
    /// <exception cref="LocationRefusedException">A location is outside the workspace or of an unknown scheme; nothing was taken in.</exception>
    public async Task<DoorAnswer> AcceptAsync(IReadOnlyList<ObjectCreated> objects, CancellationToken cancellationToken)
    {
        // All are located before any is accepted: a request is taken whole or refused whole.
        var landed = objects.Select(o => (Object: o, Place: landing.Locate(o.Location))).ToList();
        var patterns = (await pipelines.ListAsync(cancellationToken).ConfigureAwait(false)).Select(p => (p.Pipeline.Name, Glob: new Glob(p.Pipeline.Match))).ToList();
        var (accepted, ignored) = (new List<Acceptance>(), 0);
        foreach (var (created, place) in landed)
        {
            var matching = patterns.Where(p => p.Glob.IsMatch(place.Key)).ToList();
            if (matching.Count == 0)
            {
                ignored++;
                Log.Ignored(log, created.Id, place.Key, string.Join(", ", patterns.Select(p => p.Name)));
                continue;
            }

            var etag = created.ETag ?? await ETagOfAsync(place, created, cancellationToken).ConfigureAwait(false);
            foreach (var (pipeline, _) in matching)
            {
                var arrival = new Arrival(created.Source, created.Id, pipeline, place.Location, etag, created.SizeBytes);
                accepted.Add(await inbox.AcceptAsync(arrival, cancellationToken).ConfigureAwait(false));
                Log.Accepted(log, created.Id, place.Key, pipeline, accepted[^1].Sequence, accepted[^1].Duplicate);
            }
        }

        return new DoorAnswer(accepted, ignored);
    }

    // A notification that names no version is about what is there now.
    private static async Task<string> ETagOfAsync(LandedObject place, ObjectCreated created, CancellationToken cancellationToken)
    {
        if (!place.IsLocal)
        {
            return created.Sequencer ?? created.Id;
        }

        try
        {
            return await LocalETag.OfAsync(place.Location, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MalformedEventException("object-missing", $"event '{created.Id}' announces '{created.Location}', which is not there", "write the file before its event is sent", missing);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new MalformedEventException("object-unreadable", $"event '{created.Id}' announces '{created.Location}', which is a folder or may not be read", "announce a file, and give the host the right to read it", denied);
        }
    }
}

/// <summary>What was taken in, object by object and pipeline by pipeline, and how many objects no pipeline wanted.</summary>
public sealed record DoorAnswer(IReadOnlyList<Acceptance> Accepted, int Ignored);
