using System.Text;

namespace Features.Server.Workspaces;

/// <summary>Key <c>online</c>.</summary>
public sealed record OnlineConfig
{
    /// <summary>Where features are asked for over HTTP. Anything but this machine alone needs <see cref="ApiKeys"/>.</summary>
    public string Listen { get; set; } = "http://127.0.0.1:6566";

    /// <summary>The file of the embedded online store.</summary>
    public string Path { get; set; } = ".features/online.db";

    /// <summary>How often <c>features serve</c> materialises what is new: a whole number and a unit (<c>30s</c>, <c>5m</c>); <c>0</c> for never.</summary>
    public string MaterializeEvery { get; set; } = "30s";

    /// <summary>The share of answered rows that is kept for comparing with training data, from 0 for none to 1 for all.</summary>
    public double LogShare { get; set; }

    /// <summary>The most rows that one request may ask for.</summary>
    public int MaxRows { get; set; } = 10_000;

    /// <summary>The largest body of a request, in MiB.</summary>
    public int MaxBodyMb { get; set; } = 32;

    /// <summary>Answer as Feast's Python server does where the API differs: an error's object inside a JSON text, timestamps as whole seconds since 1970. Its Python client needs that to raise an error's class, and to read timestamps.</summary>
    public bool StrictFeast { get; set; }

    /// <summary>Who may ask, each with a key; null if nobody has to say who they are.</summary>
    public List<ApiKeyConfig>? ApiKeys { get; set; }

    /// <summary><see cref="MaterializeEvery"/> as a time; null for never, or if it cannot be read.</summary>
    internal TimeSpan? Interval => IntervalText.TryParse(MaterializeEvery);
}

/// <summary>One of <c>online.api_keys</c>.</summary>
public sealed record ApiKeyConfig
{
    /// <summary>Who holds the key: the principal that the policy is asked about.</summary>
    public string Name { get; set; } = "";

    /// <summary>The key itself, best as <c>${ENV}</c>; null where <see cref="KeyHash"/> says it.</summary>
    public string? Key { get; set; }

    /// <summary>The SHA-256 of the key's UTF-8 in hex; null where <see cref="Key"/> says it.</summary>
    public string? KeyHash { get; set; }

    // Configurations are logged; what they hold in secret is not.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Name = ").Append(Name);
        return true;
    }
}
