using System.Text;

namespace Features.Server.Workspaces;

/// <summary>One of <c>flight.ticket_keys</c>.</summary>
public sealed record FlightTicketKeyConfig
{
    /// <summary>Its name, carried in every ticket that it signs.</summary>
    public string Id { get; set; } = "";

    /// <summary>At least 32 random bytes as text, best as <c>${ENV}</c>; the same on every replica.</summary>
    public string Secret { get; set; } = "";

    // Configurations are logged; what they hold in secret is not.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Id = ").Append(Id);
        return true;
    }
}
