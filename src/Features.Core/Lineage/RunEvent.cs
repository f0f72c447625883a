namespace Features.Core.Lineage;

/// <summary>An OpenLineage run event (core 2-0-2): one START and one of COMPLETE or FAIL a run.</summary>
public sealed record RunEvent
{
    /// <summary>Where the run stands.</summary>
    public required RunState State { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The run; a UUIDv7, see <see cref="RunId"/>.</summary>
    public required string RunId { get; init; }

    /// <summary>Facets of the run.</summary>
    public IReadOnlyList<Facet> RunFacets { get; init; } = [];

    /// <summary>The job: a pipeline, a training set, ….</summary>
    public required LineageJob Job { get; init; }

    /// <summary>What it reads.</summary>
    public IReadOnlyList<LineageDataset> Inputs { get; init; } = [];

    /// <summary>What it writes.</summary>
    public IReadOnlyList<LineageDataset> Outputs { get; init; } = [];
}

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>It began.</summary>
    Start,

    /// <summary>It ended well.</summary>
    Complete,

    /// <summary>It ended in an error.</summary>
    Fail,
}

/// <summary>A job by namespace and name, with its facets.</summary>
public sealed record LineageJob(string Namespace, string Name, IReadOnlyList<Facet> Facets);

/// <summary>A dataset by namespace and name. <paramref name="Facets"/> hold for it as it is, <paramref name="UseFacets"/> for this run's use (inputFacets or outputFacets).</summary>
public sealed record LineageDataset(string Namespace, string Name, IReadOnlyList<Facet> Facets, IReadOnlyList<Facet> UseFacets)
{
    /// <summary>A dataset by its name (<see cref="LineageNames"/>).</summary>
    public LineageDataset((string Namespace, string Name) name, IReadOnlyList<Facet> facets, IReadOnlyList<Facet> useFacets)
        : this(name.Namespace, name.Name, facets, useFacets)
    {
    }
}
