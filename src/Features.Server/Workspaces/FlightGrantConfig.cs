namespace Features.Server.Workspaces;

/// <summary>One of <c>flight.grants</c>: whom it is for, by one of three names, and what they may do. <c>*</c> in a name stands for any text.</summary>
public sealed record FlightGrantConfig
{
    /// <summary>The callers whose subject is like this; null where the grant is for a tenant or a role.</summary>
    public string? Subject { get; set; }

    /// <summary>The callers whose tenant is like this; null where the grant is for a subject or a role.</summary>
    public string? Tenant { get; set; }

    /// <summary>The callers of whose roles one is like this; null where the grant is for a subject or a tenant.</summary>
    public string? Role { get; set; }

    /// <summary>The data sets and tables whose names are like one of these.</summary>
    public List<string> Datasets { get; set; } = [];

    /// <summary>What they may do: <c>list</c>, <c>read</c>, <c>warm</c>, <c>pin</c>, <c>evict</c>, <c>put</c>.</summary>
    public List<string> Actions { get; set; } = [];
}
