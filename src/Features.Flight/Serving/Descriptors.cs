using Features.Flight.Protocol;

namespace Features.Flight.Serving;

/// <summary>Flight descriptors as requests.</summary>
internal static class Descriptors
{
    /// <exception cref="Grpc.Core.RpcException">The descriptor is none that is served.</exception>
    /// <exception cref="FormatException">Its command breaks rules; the message names each.</exception>
    public static DatasetRequest RequestOf(FlightDescriptor descriptor) => descriptor.Type switch
    {
        FlightDescriptor.Types.DescriptorType.Cmd => DatasetRequestJson.Parse(descriptor.Cmd.Memory),
        FlightDescriptor.Types.DescriptorType.Path when descriptor.Path is [{ Length: > 0 and <= DatasetRequest.MaxName } name] => new DatasetRequest(name),
        _ => throw FlightErrors.Malformed("the descriptor must be a path of one part, the data set's name, or a JSON command as schemas/flight/request.schema.json describes it"),
    };
}
