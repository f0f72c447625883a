namespace Features.Core.TrainingSets.Verification;

/// <summary>What reading a training set again and looking after its sources found.</summary>
/// <param name="Rows">The rows, hashed again.</param>
/// <param name="ExpectedRows">The manifest's row count.</param>
/// <param name="Sources">What became of each source.</param>
public sealed record StoredVerification(TrainingSetVerification Rows, long ExpectedRows, IReadOnlyList<SourceStanding> Sources)
{
    /// <summary>True if the rows are those that were written and every source is kept.</summary>
    public bool IsVerified => Rows.Matches && Rows.Rows == ExpectedRows && Sources.All(s => s.Problem is null);
}

/// <summary>What became of a source. <paramref name="Problem"/>: why it is not kept, and what to do; null if it is: the table stands, it has the snapshot, and the tag <c>dataset/NAME</c> keeps it.</summary>
public sealed record SourceStanding(PinnedSource Source, string? Problem);
