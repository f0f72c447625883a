using Features.Core.Engine;
using Features.Core.Governance;
using Features.Core.Ingestion;
using Features.Core.Online;
using Features.Core.Registry;

namespace Features.Core.Materialization;

/// <summary>What pushes stand on. Not owned: whoever made them disposes them.</summary>
public sealed record PushPorts
{
    /// <summary>The definitions in force.</summary>
    public required IRegistry Registry { get; init; }

    /// <summary>Is asked for every push, with the action <c>push</c>.</summary>
    public required ReadGate Gate { get; init; }

    /// <summary>Evaluates the views' expressions.</summary>
    public required ISqlEngine Engine { get; init; }

    /// <summary>Where the rows answer.</summary>
    public required IOnlineViews Views { get; init; }

    /// <summary>Takes the rows in durably.</summary>
    public required PushIngest Ingest { get; init; }
}
