using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Features.Core.Governance;

/// <summary>An audit record as JSON: its keys in ordinal order and no white space (RFC 8785), since the text is what is hashed.</summary>
internal static class AuditJson
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(long seq, DateTimeOffset loggedAt, AuditRecord entry) => JsonSerializer.Serialize(
        new Line(
            entry.Request.Action,
            entry.At,
            entry.Bytes,
            entry.Request.Client,
            entry.Request.Columns,
            entry.Allowed ? "allow" : "deny",
            loggedAt,
            entry.OutcomeHash,
            entry.PolicyId,
            entry.Request.Principal,
            entry.Request.Purpose,
            entry.Reason,
            entry.Request.Resource,
            entry.Rows,
            seq,
            entry.Request.SnapshotId?.ToString(CultureInfo.InvariantCulture),
            entry.Request.Tenant,
            entry.Request.TicketId),
        Options);

    public static AuditRecord Read(long seq, string json)
    {
        var line = JsonSerializer.Deserialize<Line>(json, Options);
        if (line is null || line.Seq != seq)
        {
            throw new AuditBrokenException(seq, "its content says that it is another record");
        }

        long? snapshot = line.Snapshot is null ? null : long.Parse(line.Snapshot, CultureInfo.InvariantCulture);
        var request = new ReadRequest(line.Principal, line.Action, line.Resource, snapshot, line.Columns, line.Purpose) { Tenant = line.Tenant, Client = line.Client, TicketId = line.TicketId };
        return new AuditRecord(line.At, request, line.Decision == "allow", line.Reason, line.Policy, line.OutcomeHash, line.Rows) { Bytes = line.Bytes };
    }

    private sealed record Line(
        [property: JsonPropertyName("action")] string Action,
        [property: JsonPropertyName("at")] DateTimeOffset At,
        [property: JsonPropertyName("bytes"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Bytes,
        [property: JsonPropertyName("client_ip"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Client,
        [property: JsonPropertyName("columns")] IReadOnlyList<string> Columns,
        [property: JsonPropertyName("decision")] string Decision,
        [property: JsonPropertyName("logged_at")] DateTimeOffset LoggedAt,
        [property: JsonPropertyName("outcome_hash")] string OutcomeHash,
        [property: JsonPropertyName("policy")] string Policy,
        [property: JsonPropertyName("principal")] string Principal,
        [property: JsonPropertyName("purpose")] string? Purpose,
        [property: JsonPropertyName("reason")] string Reason,
        [property: JsonPropertyName("resource")] string Resource,
        [property: JsonPropertyName("rows")] long? Rows,
        [property: JsonPropertyName("seq")] long Seq,
        [property: JsonPropertyName("snapshot_id")] string? Snapshot,
        [property: JsonPropertyName("tenant"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Tenant,
        [property: JsonPropertyName("ticket_id"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TicketId);
}
