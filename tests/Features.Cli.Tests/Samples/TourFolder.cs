namespace Features.Cli.Tests.Samples;

/// <summary>A temporary folder for one tour.</summary>
internal sealed class TourFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("features-tour-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
