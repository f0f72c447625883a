using Features.Core.Definitions;

namespace Features.Core.Ingestion;

/// <summary>The pipelines that are applied now.</summary>
public interface IPipelines
{
    /// <summary>All of them with their contracts.</summary>
    ValueTask<IReadOnlyList<AppliedPipeline>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>A pipeline and the contract that it names; null if it names none.</summary>
public sealed record AppliedPipeline(Pipeline Pipeline, Contract? Contract)
{
    /// <summary>The pipelines of a set of definitions.</summary>
    public static IReadOnlyList<AppliedPipeline> Of(DefinitionSet definitions) =>
        [.. definitions.Definitions.OfType<Pipeline>().Select(p => new AppliedPipeline(p, p.Contract is null ? null : definitions.Find<Contract>(p.Contract)))];
}
