using Features.Flight.Protocol;
using Google.Protobuf;

namespace Features.Flight.Serving;

/// <summary>Flight descriptors as requests.</summary>
internal static class Descriptors
{
    /// <summary>Bytes of a request, such as a descriptor or an action with its body. What DoPut sends after its descriptor has limits of its own (<see cref="Put.PutOptions"/>).</summary>
    public const int MaxBytes = 1 << 20;

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT: the request is larger than <see cref="MaxBytes"/>.</exception>
    public static void CheckSize(IMessage? request)
    {
        if (request?.CalculateSize() is > MaxBytes and var size)
        {
            throw FlightErrors.Malformed($"the {request.Descriptor.Name} has {size} bytes, and the most is {MaxBytes}; ask for less at a time");
        }
    }

    /// <exception cref="Grpc.Core.RpcException">The descriptor is none that is served.</exception>
    /// <exception cref="FormatException">Its command breaks rules; the message names each.</exception>
    public static DatasetRequest RequestOf(FlightDescriptor descriptor) => descriptor.Type switch
    {
        FlightDescriptor.Types.DescriptorType.Cmd => DatasetRequestJson.Parse(descriptor.Cmd.Memory),
        FlightDescriptor.Types.DescriptorType.Path when descriptor.Path is [{ Length: > 0 and <= DatasetRequest.MaxName } name] => new DatasetRequest(name),
        _ => throw FlightErrors.Malformed("the descriptor must be a path of one part, the data set's name, or a JSON command as schemas/flight/request.schema.json describes it"),
    };
}
