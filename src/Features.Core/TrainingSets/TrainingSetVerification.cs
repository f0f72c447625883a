namespace Features.Core.TrainingSets;

/// <summary>The result of reading a training set again and hashing what was read.</summary>
/// <param name="Stored">The manifest's digest.</param>
/// <param name="Actual">The digest of the rows as they are.</param>
/// <param name="Rows">Rows read.</param>
public sealed record TrainingSetVerification(string Stored, string Actual, long Rows)
{
    /// <summary>True if the rows are those that were written.</summary>
    public bool Matches => Stored == Actual;
}
