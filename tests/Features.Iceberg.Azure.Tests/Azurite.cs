using System.ComponentModel;
using System.Diagnostics;
using Azure.Storage.Blobs;
using Features.Testing;

namespace Features.Iceberg.Azure.Tests;

/// <summary>Microsoft's emulator of Azure Blob Storage, one for a test class, on a port of its own and in memory. <c>eng/test.sh</c> installs it.</summary>
public sealed class Azurite : IAsyncLifetime
{
    public const string Account = "devstoreaccount1";

    // The emulator's well-known key, as its documentation gives it.
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly string Folder = Path.Combine(Fixtures.Repository, "tests", "azurite");

    private Process? process;

    /// <summary>Why it cannot run here, for <c>Assert.SkipWhen</c>; null where it can.</summary>
    public string? Missing { get; private set; }

    public string ConnectionString { get; private set; } = "";

    public BlobServiceClient Client => new(ConnectionString);

    public async ValueTask InitializeAsync()
    {
        var script = Path.Combine(Folder, "node_modules", "azurite", "dist", "src", "blob", "main.js");
        Missing = File.Exists(script) ? null : "Azurite is not installed: run eng/test.sh, or 'npm ci' in tests/azurite";
        if (Missing is null)
        {
            try
            {
                process = Process.Start(new ProcessStartInfo("node", [script, "--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"])
                {
                    WorkingDirectory = Path.GetTempPath(),
                    RedirectStandardOutput = true,
                });
            }
            catch (Win32Exception)
            {
                Missing = "Node.js is missing";
            }
        }

        if (Missing is not null && Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException(Missing);
        }

        while (process is not null && ConnectionString.Length == 0)
        {
            var line = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("Azurite ended before it listened");
            if (line.Contains("successfully listens on ", StringComparison.Ordinal))
            {
                ConnectionString = $"AccountName={Account};AccountKey={Key};BlobEndpoint={line[(line.LastIndexOf(' ') + 1)..]}/{Account}";
                _ = process.StandardOutput.ReadToEndAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
