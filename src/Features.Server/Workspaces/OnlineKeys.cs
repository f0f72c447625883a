using Features.Core.Governance;

namespace Features.Server.Workspaces;

/// <summary>What the keys of <c>online</c> may say.</summary>
internal static class OnlineKeys
{
    private const int HashDigits = 64;

    /// <summary>Everything that is wrong with them, each naming the key.</summary>
    public static IEnumerable<string> Faults(OnlineConfig online)
    {
        if (online.MaterializeEvery != IntervalText.Never && online.Interval is null)
        {
            yield return $"online.materialize_every is '{online.MaterializeEvery}': give a whole number and a unit, such as 30s or 5m, or 0 for never";
        }

        if (online.LogShare is not (>= 0 and <= 1))
        {
            yield return $"online.log_share is {online.LogShare}: give a share from 0 to 1";
        }

        if (online.MaxRows < 1)
        {
            yield return $"online.max_rows is {online.MaxRows}: give at least 1";
        }

        if (online.MaxBodyMb is < 1 or > 1024)
        {
            yield return $"online.max_body_mb is {online.MaxBodyMb}: give 1 to 1024";
        }

        foreach (var fault in (online.ApiKeys ?? []).SelectMany(Faults))
        {
            yield return fault;
        }

        foreach (var twice in (online.ApiKeys ?? []).GroupBy(k => k.Name, StringComparer.Ordinal).Where(g => g.Count() > 1 && g.Key.Length > 0))
        {
            yield return $"online.api_keys has '{twice.Key}' {twice.Count()} times: give each key its own name";
        }
    }

    // The key itself is never part of a message.
    private static IEnumerable<string> Faults(ApiKeyConfig key, int index)
    {
        var which = key.Name.Length > 0 ? $"'{key.Name}'" : $"number {index + 1}";
        if (key.Name.Length == 0)
        {
            yield return $"online.api_keys: {which} has no name: name who holds it";
        }
        else if (key.Name == LocalPolicy.Principal)
        {
            yield return $"online.api_keys: '{key.Name}' is who works on this machine without a key: choose another name";
        }

        if (key.Key is null == key.KeyHash is null)
        {
            yield return $"online.api_keys: {which} needs either key (such as ${{ENV}}) or key_hash, and not both";
        }
        else if (key.Key is { } text && string.IsNullOrWhiteSpace(text))
        {
            yield return $"online.api_keys: the key of {which} is empty: give one";
        }
        else if (key.KeyHash is { } hash && (hash.Length != HashDigits || !hash.All(char.IsAsciiHexDigit)))
        {
            yield return $"online.api_keys: key_hash of {which} is no SHA-256: give 64 hexadecimal digits";
        }
    }
}
