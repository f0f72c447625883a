using System.Globalization;
using System.Text.Json.Nodes;
using Features.Flight.Client;

namespace Features.Cli.Commands.Fetching;

/// <summary>A data set of a server's memory as <c>features cache list</c> prints it for people.</summary>
internal static class CachedLine
{
    /// <summary>One that is in memory or being loaded, from a result of the service's action <c>list</c>.</summary>
    public static string Of(JsonObject cached)
    {
        var (rows, total, bytes, spilled) = ((long)cached["rows"]!, (long)cached["total"]!, (long)cached["bytes"]!, (long)cached["spilled_bytes"]!);
        var (readers, leases, pins) = ((long)cached["readers"]!, (long)cached["leases"]!, (long)cached["pins"]!);
        List<string> said =
        [
            (string)cached["dataset"]!,
            (string?)cached["tensor_type"] is { } type ? $"tensor {type}" : (string)cached["layout"]!,
            (bool)cached["ready"]! ? Text($"{rows} rows") : Text($"loading, {rows} of {total} rows"),
            Text($"{bytes} bytes{(spilled > 0 ? Text($", {spilled} of them spilled") : "")}"),
        ];
        if (readers > 0)
        {
            said.Add(Counted(readers, "reader"));
        }

        if (leases > 0)
        {
            said.Add($"{Counted(leases, "lease")} until {(string?)cached["leased_until"]}");
        }

        if (pins > 0)
        {
            said.Add("pinned");
        }

        if ((string?)cached["filter"] is { } filter)
        {
            said.Add($"where {filter}");
        }

        return string.Join("  ", [.. said, (string)cached["digest"]!]);
    }

    /// <summary>One that is offered, and of which nothing is in memory.</summary>
    public static string OfOffered(DatasetInfo set) => Text($"{set.Name}  not in memory  {set.Rows} rows  {set.Digest}");

    private static string Counted(long count, string what) => Text($"{count} {what}{(count == 1 ? "" : "s")}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
