using System.Globalization;
using System.Text;

namespace Features.Server.Workspaces;

/// <summary>What the keys of <c>flight</c> may say.</summary>
internal static class FlightKeys
{
    /// <summary>What a grant may allow.</summary>
    public static readonly string[] Actions = ["list", "read", "warm", "pin", "evict", "put"];

    /// <summary>The algorithms that go with an issuer's public keys, and those that go with a shared secret. A token must not choose between the two kinds: a public key is no secret.</summary>
    public static readonly string[] Public = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"], Shared = ["HS256", "HS384", "HS512"];

    private const int LeastSecretBytes = 32;
    private static readonly string[] Schemes = ["grpc", "grpc+tcp", "grpc+tls", "grpc+unix", "arrow-flight-reuse-connection"];

    /// <summary>Everything that is wrong with them, each naming the key.</summary>
    public static IEnumerable<string> Faults(FlightConfig flight)
    {
        (bool Holds, string Fault)[] own =
        [
            (flight.CacheMb > 0, Text($"flight.cache_mb is {flight.CacheMb}: give at least 1")),
            (flight.LoadParallelism is >= 0 and <= 1024, Text($"flight.load_parallelism is {flight.LoadParallelism}: give 0 for one a core, or up to 1024")),
            (flight.MaxMessageKb is >= 64 and <= 65536, Text($"flight.max_message_kb is {flight.MaxMessageKb}: give 64 to 65536")),
            (flight.Lifetime is { } life && life >= TimeSpan.FromSeconds(1) && life <= TimeSpan.FromDays(30), $"flight.ticket_lifetime is '{flight.TicketLifetime}': give a whole number and a unit from 1s to 30d, such as 1h"),
            (flight.MaxStreams >= 1, Text($"flight.max_streams is {flight.MaxStreams}: give at least 1")),
            (flight.MaxStreamsPerSubject >= 1, Text($"flight.max_streams_per_subject is {flight.MaxStreamsPerSubject}: give at least 1")),
            (flight.MaxStreamsPerConnection >= 1, Text($"flight.max_streams_per_connection is {flight.MaxStreamsPerConnection}: give at least 1")),
            (flight.StallTimeout == IntervalText.Never || flight.Stall >= TimeSpan.FromSeconds(1), $"flight.stall_timeout is '{flight.StallTimeout}': give a whole number and a unit from 1s, such as 30m, or 0 for ever"),
            (flight.Put.MaxMessageMb is >= 1 and <= 1024, Text($"flight.put.max_message_mb is {flight.Put.MaxMessageMb}: give 1 to 1024")),
            (flight.Put.MaxMb >= 1, Text($"flight.put.max_mb is {flight.Put.MaxMb}: give at least 1")),
            (flight.Put.MaxConcurrent is >= 1 and <= 1024, Text($"flight.put.max_concurrent is {flight.Put.MaxConcurrent}: give 1 to 1024")),
            (flight.Put.Idle is { } idle && idle >= TimeSpan.FromMilliseconds(100) && idle <= TimeSpan.FromDays(1), $"flight.put.idle_timeout is '{flight.Put.IdleTimeout}': give a whole number and a unit from 100ms to 1d, such as 1m"),
            (flight.Socket is not "", "flight.socket is empty: give a path, or leave the key out"),
            (flight.Spill is not { BudgetMb: < 1 }, Text($"flight.spill.budget_mb is {flight.Spill?.BudgetMb}: give at least 1")),
            (flight.Spill is not { Path: "" }, "flight.spill.path is empty: give a folder, or leave the key out"),
            (flight.Tls is null or { Certificate.Length: > 0, Key.Length: > 0 }, "flight.tls needs certificate and key, each the path of a PEM file"),
            (flight.Auth is not null || flight.Grants is null, "flight.grants say nothing without flight.auth, since nobody says who they are: set flight.auth, or take them out"),
            (flight.Auth is not null || flight.Tenants is null, "flight.tenants say nothing without flight.auth, since nobody says who they are: set flight.auth, or take them out"),
            (flight.Auth is null || !flight.Insecure, "flight.insecure is for a service without flight.auth: take one of them out"),
        ];
        return own.Where(o => !o.Holds).Select(o => o.Fault)
            .Concat((flight.Locations ?? []).Where(l => !Uri.TryCreate(l, UriKind.Absolute, out var uri) || !Schemes.Contains(uri.Scheme))
                .Select(l => $"flight.locations has '{l}': write grpc+tcp://HOST:PORT, grpc+tls://HOST:PORT or grpc+unix:///PATH"))
            .Concat(TicketKeys(flight.TicketKeys ?? []))
            .Concat(flight.Auth is { } auth ? Auth(auth) : [])
            .Concat((flight.Grants ?? []).SelectMany(Grant))
            .Concat((flight.Tenants ?? []).Where(t => t.Value?.MemoryMb is < 1).Select(t => Text($"flight.tenants: memory_mb of '{t.Key}' is {t.Value!.MemoryMb}: give at least 1, or leave the key out")))
            .Concat((flight.Tenants ?? []).Where(t => t.Value?.MaxStreams is < 1).Select(t => Text($"flight.tenants: max_streams of '{t.Key}' is {t.Value!.MaxStreams}: give at least 1, or leave the key out")));
    }

    // A secret is never part of a message.
    private static IEnumerable<string> TicketKeys(List<FlightTicketKeyConfig> keys) =>
        keys.Where(k => k.Id.Length == 0).Select(_ => "flight.ticket_keys: a key has no id: name it")
            .Concat(keys.Where(k => Encoding.UTF8.GetByteCount(k.Secret) < LeastSecretBytes).Select(k => Text($"flight.ticket_keys: the secret of '{k.Id}' has less than {LeastSecretBytes} bytes: draw one with 'openssl rand -hex 32'")))
            .Concat(keys.GroupBy(k => k.Id, StringComparer.Ordinal).Where(g => g.Count() > 1 && g.Key.Length > 0).Select(g => Text($"flight.ticket_keys has '{g.Key}' {g.Count()} times: give each key its own id")));

    private static IEnumerable<string> Auth(FlightAuthConfig auth)
    {
        var kind = auth.Secret is null ? Public : Shared;
        var foreign = (auth.Algorithms ?? []).Except(kind).ToList();
        (bool Holds, string Fault)[] faults =
        [
            (auth.Issuer.Length > 0, "flight.auth.issuer is missing: the 'iss' that tokens carry"),
            (auth.Audience.Length > 0, "flight.auth.audience is missing: the 'aud' that tokens for this service carry"),
            (new[] { auth.KeysFile, auth.Authority, auth.Secret }.Count(given => given is not null) == 1, "flight.auth needs one of keys_file, authority and secret, and no more"),
            (auth.Authority is null || (Uri.TryCreate(auth.Authority, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttps), $"flight.auth.authority is '{auth.Authority}': give an address that begins with https://"),
            (auth.Secret is null || Encoding.UTF8.GetByteCount(auth.Secret) >= LeastSecretBytes, Text($"flight.auth.secret has less than {LeastSecretBytes} bytes: draw one with 'openssl rand -hex 32'")),
            (auth.Algorithms is not { Count: 0 }, "flight.auth.algorithms is empty: name some, or leave the key out"),
            (foreign.Count == 0, $"flight.auth.algorithms has {string.Join(", ", foreign)}: with {(auth.Secret is null ? "public keys" : "a secret")} there are {string.Join(", ", kind)}"),
            (auth.Skew is { } skew && skew <= TimeSpan.FromMinutes(10), $"flight.auth.clock_skew is '{auth.ClockSkew}': give a whole number and a unit, such as 30s, at most 10m, or 0 for none"),
            (auth is { SubjectClaim.Length: > 0, TenantClaim.Length: > 0, RolesClaim.Length: > 0 }, "flight.auth: subject_claim, tenant_claim and roles_claim must name claims"),
        ];
        return faults.Where(f => !f.Holds).Select(f => f.Fault);
    }

    private static IEnumerable<string> Grant(FlightGrantConfig grant, int index)
    {
        var which = Text($"flight.grants: number {index + 1}");
        var unknown = grant.Actions.Except(Actions).ToList();
        (bool Holds, string Fault)[] faults =
        [
            (new[] { grant.Subject, grant.Tenant, grant.Role }.Count(given => given is not null) == 1, $"{which} needs one of subject, tenant and role, and no more"),
            (new[] { grant.Subject, grant.Tenant, grant.Role }.All(given => given is not ""), $"{which} is for an empty name: give one, or * for any"),
            (grant.Datasets is { Count: > 0 } && grant.Datasets.All(d => d is { Length: > 0 }), $"{which} names no datasets: give names, or '*' for all"),
            (grant.Actions.Count > 0, $"{which} names no actions: give some of {string.Join(", ", Actions)}"),
            (unknown.Count == 0, $"{which} has the actions {string.Join(", ", unknown.Select(a => $"'{a}'"))}: there are {string.Join(", ", Actions)}"),
        ];
        return faults.Where(f => !f.Holds).Select(f => f.Fault);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
