using Features.Core.Skew;

namespace Features.Server.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Where online answers are kept for <see cref="SkewAsync"/>; there is nothing where <c>online.log_share</c> was never above 0.</summary>
    public string AnswersPath => State("answers");

    /// <summary>Compares logged online answers with what the historical join gives for the same keys, moments and snapshots.</summary>
    /// <exception cref="Core.Governance.AccessDeniedException">The reader may not read one of the tables.</exception>
    public Task<SkewReport> SkewAsync(SkewRequest request, CancellationToken cancellationToken = default) =>
        new SkewCheck(AnswersPath, Engine, Reads, Registry, Inbox).RunAsync(request, cancellationToken);
}
