namespace Features.Core.Online;

/// <summary>An online request cannot be answered, or a view cannot be stored, as asked: a name that does not exist, a key that is missing, a view that was not materialised; the message names it.</summary>
public sealed class OnlineException(string message, string code = "online", bool isTransient = false)
    : FeaturesException(code, message, isTransient);
