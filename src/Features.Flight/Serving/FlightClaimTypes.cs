namespace Features.Flight.Serving;

/// <summary>The claims of an authenticated user that the service reads beside its name, which is the subject.</summary>
public static class FlightClaimTypes
{
    /// <summary>The user's tenant.</summary>
    public const string Tenant = "features:tenant";

    /// <summary>One of the user's roles.</summary>
    public const string Role = "features:role";
}
