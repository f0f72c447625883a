namespace Features.Testing;

/// <summary>Where the shared fixtures lie: <c>FEATURES_FIXTURES</c>, or <c>../shared/fixtures</c> beside the repository.</summary>
public static class Fixtures
{
    /// <summary>The repository's root: the nearest folder above the test that holds <c>Features.sln</c>.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The fixtures' folder, whether it exists or not.</summary>
    public static string Root { get; } = Environment.GetEnvironmentVariable("FEATURES_FIXTURES") is { Length: > 0 } named
        ? named
        : Path.GetFullPath(Path.Combine(Repository, "..", "shared", "fixtures"));

    /// <summary>True where a missing fixture or server must fail rather than skip.</summary>
    public static bool AreRequired { get; } =
        Environment.GetEnvironmentVariable("CI") == "true" || Environment.GetEnvironmentVariable("FEATURES_FIXTURES") is { Length: > 0 };

    /// <summary>The path of a fixture, or null where it is missing and may be skipped: <c>Assert.SkipWhen(path is null, …)</c>.</summary>
    public static string? Find(params string[] parts)
    {
        var path = Path.Combine([Root, .. parts]);
        if (File.Exists(path) || Directory.Exists(path))
        {
            return path;
        }

        return AreRequired ? throw new FileNotFoundException($"the fixture '{path}' is missing; set FEATURES_FIXTURES to the fixtures' folder", path) : null;
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Features.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("Features.sln stands in no folder above the tests");
    }
}
