namespace Features.Core;

/// <summary>The base of every error of the product's rules: says what, which, and what to do.</summary>
public abstract class FeaturesException : Exception
{
    private protected FeaturesException(string code, string message, bool isTransient = false, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        IsTransient = isTransient;
    }

    /// <summary>A stable kebab-case name of the kind of error, such as <c>definition-invalid</c>.</summary>
    public string Code { get; }

    /// <summary>True if the same call may succeed when it is repeated unchanged.</summary>
    public bool IsTransient { get; }
}
