using System.Buffers;
using System.Text.Json;
using Features.Flight.Protocol;
using Features.Ordering;

namespace Features.Flight.Serving;

/// <summary>Claims as compact JSON. Read only from bytes whose signature holds, and so from what <see cref="Write"/> wrote.</summary>
internal static class TicketClaimsJson
{
    public static ReadOnlySpan<byte> Write(TicketClaims claims)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteNumber("v", TicketClaims.Version);
        json.WriteString("kid", claims.KeyId);
        json.WriteString("id", claims.Id);
        json.WriteString("aud", claims.Audience);
        json.WriteString("sub", claims.Subject);
        WriteOptional(json, "tenant", claims.Tenant);
        json.WriteNumber("nbf", claims.NotBefore.ToUnixTimeSeconds());
        json.WriteNumber("exp", claims.Expires.ToUnixTimeSeconds());
        WriteSelection(json, claims);
        WriteOrder(json, claims.Order);
        json.WriteNumber("epoch", claims.Epoch);
        json.WriteNumber("position", claims.Position);
        json.WriteNumber("rank", claims.Delivery.Rank);
        json.WriteNumber("world", claims.Delivery.World);
        json.WriteNumber("batch", claims.Delivery.Batch);
        json.WriteString("tail", claims.Delivery.Tail.ToName());
        if (claims.MaxMessageBytes is { } bytes)
        {
            json.WriteNumber("bytes", bytes);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan;
    }

    /// <exception cref="Grpc.Core.RpcException">The claims are of another version.</exception>
    public static TicketClaims Read(ReadOnlyMemory<byte> text)
    {
        using var document = JsonDocument.Parse(text);
        var json = document.RootElement;
        if (json.GetProperty("v").GetInt32() is var version && version != TicketClaims.Version)
        {
            throw FlightErrors.StalePlan($"the ticket has version {version}, and this service reads {TicketClaims.Version}; ask GetFlightInfo for a new one");
        }

        return new TicketClaims
        {
            KeyId = Text("kid")!,
            Id = Text("id")!,
            Audience = Text("aud")!,
            Subject = Text("sub")!,
            Tenant = Text("tenant"),
            NotBefore = DateTimeOffset.FromUnixTimeSeconds(Number("nbf")),
            Expires = DateTimeOffset.FromUnixTimeSeconds(Number("exp")),
            Selection = SelectionOf(json),
            Tensor = json.TryGetProperty("tensor", out var tensor) ? TensorJson.Read(new RequestMembers(tensor, [])) : null,
            Order = new Order(Text("digest")!, Number("rows"), OrderModes.Parse(Text("mode")!), Number("seed"))
            {
                Filter = Text("filter"),
                Policy = Text("outcome"),
                Grouping = json.TryGetProperty("grouping", out var grouping) ? Grouping.Read(grouping) : null,
            },
            Epoch = Number("epoch"),
            Position = Number("position"),
            Delivery = new Delivery((int)Number("batch"), (int)Number("world"), (int)Number("rank"), Tails.Parse(Text("tail")!)),
            MaxMessageBytes = json.TryGetProperty("bytes", out var bytes) ? bytes.GetInt32() : null,
        };

        string? Text(string name) => json.TryGetProperty(name, out var member) ? member.GetString() : null;
        long Number(string name) => json.GetProperty(name).GetInt64();
    }

    private static void WriteSelection(Utf8JsonWriter json, TicketClaims claims)
    {
        var selection = claims.Selection;
        json.WriteString("dataset", selection.Name);
        if (selection.Table is { } table)
        {
            json.WriteStartObject("table");
            WriteOptional(json, "snapshot", table.Snapshot is { } snapshot ? SnapshotIds.ToText(snapshot) : null);
            if (table.SchemaId is { } schema)
            {
                json.WriteNumber("schema", schema);
            }

            WriteOptional(json, "ref", table.Ref);
            WriteOptional(json, "as_of", table.AsOf is { } moment ? Moments.ToText(moment) : null);
            json.WriteEndObject();
        }

        // The order has the filter in its canonical text; a source is asked again in the caller's words.
        WriteOptional(json, "where", selection.Filter);
        if (selection.Columns is { } columns)
        {
            json.WritePropertyName("columns");
            DatasetRequestJson.WriteTo(json, columns);
        }

        if (claims.Tensor is { } tensor)
        {
            json.WritePropertyName("tensor");
            TensorJson.WriteTo(json, tensor);
        }
    }

    private static DatasetSelection SelectionOf(JsonElement json) => new(
        json.GetProperty("dataset").GetString()!,
        !json.TryGetProperty("table", out var table) ? null : new TableSelection
        {
            Snapshot = table.TryGetProperty("snapshot", out var snapshot) ? SnapshotIds.Parse(snapshot.GetString()!) : null,
            SchemaId = table.TryGetProperty("schema", out var schema) ? schema.GetInt32() : null,
            Ref = table.TryGetProperty("ref", out var name) ? name.GetString() : null,
            AsOf = table.TryGetProperty("as_of", out var moment) ? Moments.Parse(moment.GetString()!) : null,
        })
    {
        Filter = json.TryGetProperty("where", out var filter) ? filter.GetString() : null,
        Columns = json.TryGetProperty("columns", out var columns) ? [.. columns.EnumerateArray().Select(column => column.GetString()!)] : null,
    };

    private static void WriteOrder(Utf8JsonWriter json, Order order)
    {
        json.WriteString("digest", order.Content);
        json.WriteNumber("rows", order.Rows);
        WriteOptional(json, "filter", order.Filter);
        WriteOptional(json, "outcome", order.Policy);
        json.WriteString("mode", order.Mode.ToName());
        json.WriteNumber("seed", order.Seed);
        if (order.Grouping is { } grouping)
        {
            json.WritePropertyName("grouping");
            grouping.WriteTo(json);
        }
    }

    private static void WriteOptional(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }
}
