using System.Text;
using System.Text.Json;
using Features.Flight.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace Features.Flight.Serving.Actions;

/// <summary>What actions take and give: JSON where they are this service's own, protobuf where they are the protocol's.</summary>
internal static class ActionBodies
{
    /// <summary>A request, as a descriptor's command has it.</summary>
    /// <exception cref="FormatException">It is none; every fault is named.</exception>
    public static DatasetRequest RequestOf(ReadOnlyMemory<byte> body) => DatasetRequestJson.Parse(body);

    /// <summary>Which data a request means, as a text: the same for every order and share of it.</summary>
    public static string DataOf(DatasetRequest request) => Encoding.UTF8.GetString(
        new DatasetRequest(request.Dataset) { Table = request.Table, Filter = request.Filter, Columns = request.Columns, Tensor = request.Tensor }.ToJson().Span);

    /// <summary>The name in <c>{"dataset":NAME}</c> or <c>{"table":NAME}</c>.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static DatasetSelection NameOf(ReadOnlyMemory<byte> body, string action)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 2, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.EnumerateObject().ToList() is [{ Name: "dataset" or "table" } member])
            {
                return new DatasetSelection(RequestMembers.TextOf(member.Value), member.Name == "table" ? new TableSelection() : null);
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException or FormatException)
        {
            // Said below, as for every other body that is not the one wanted.
        }

        throw new FormatException($"the action '{action}' takes the body {{\"dataset\":NAME}} or {{\"table\":NAME}}");
    }

    /// <summary>A message of the protocol.</summary>
    /// <exception cref="RpcException">It is none.</exception>
    public static T MessageOf<T>(ReadOnlyMemory<byte> body, MessageParser<T> parser)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(body.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            throw FlightErrors.Malformed($"the body is no {typeof(T).Name}");
        }
    }

    /// <summary>One result in JSON.</summary>
    public static ReadOnlyMemory<byte> Json<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value);
}
