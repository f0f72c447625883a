namespace Features.Server.Access;

/// <summary>A call does not prove who makes it.</summary>
internal sealed class TokenRefusedException(string message, bool isTransient = false, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>True if the token could not be looked at now, and may be good.</summary>
    public bool IsTransient { get; } = isTransient;
}
