namespace Features.Flight;

/// <summary>A secret that signs tickets.</summary>
/// <param name="Id">Its name, carried in every ticket that it signs.</param>
/// <param name="Secret">At least <see cref="MinBytes"/> random bytes.</param>
public sealed record TicketKey(string Id, ReadOnlyMemory<byte> Secret)
{
    /// <summary>The least length of a secret: 32 bytes.</summary>
    public const int MinBytes = 32;

    /// <summary>The id alone: a secret is never written to a log.</summary>
    public override string ToString() => $"TicketKey {{ Id = {Id} }}";
}
