using System.Globalization;
using Grpc.Core;

namespace Features.Flight.Serving.DataPlane;

/// <summary>The header <c>grpc-timeout</c>: at most eight digits and a unit (PROTOCOL-HTTP2 of gRPC, Timeout).</summary>
internal static class GrpcTimeout
{
    private const int MaxDigits = 8;

    /// <summary>How long the caller will wait; null for ever.</summary>
    /// <param name="header">The header's value; null or empty if there is none.</param>
    /// <exception cref="RpcException">It is no timeout.</exception>
    public static TimeSpan? Parse(string? header)
    {
        if (string.IsNullOrEmpty(header))
        {
            return null;
        }

        var digits = header.AsSpan(0, header.Length - 1);
        if (digits.Length is 0 or > MaxDigits || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var amount))
        {
            throw Refuse(header);
        }

        return header[^1] switch
        {
            'H' => TimeSpan.FromTicks(amount * TimeSpan.TicksPerHour),
            'M' => TimeSpan.FromTicks(amount * TimeSpan.TicksPerMinute),
            'S' => TimeSpan.FromTicks(amount * TimeSpan.TicksPerSecond),
            'm' => TimeSpan.FromTicks(amount * TimeSpan.TicksPerMillisecond),
            'u' => TimeSpan.FromTicks(amount * TimeSpan.TicksPerMicrosecond),
            'n' => TimeSpan.FromTicks(amount / TimeSpan.NanosecondsPerTick),
            _ => throw Refuse(header),
        };
    }

    private static RpcException Refuse(string header) =>
        FlightErrors.Malformed($"the header grpc-timeout is '{header}'; it has at most {MaxDigits} digits and a unit of H, M, S, m, u or n, such as 30S");
}
