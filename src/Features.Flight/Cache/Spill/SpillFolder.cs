namespace Features.Flight.Cache.Spill;

/// <summary>
/// The folder of spilled data. A file has its space reserved before it is mapped, so that a full disk is an error and never a fault of the
/// process on a later write; it is private to the account. Where the system lets an open file lose its name, it does so at once, and its space
/// goes with the process however that ends. What a process may leave behind all the same (killed between two calls, or on Windows) is
/// deleted when the next one starts: nobody holds its lock.
/// </summary>
internal sealed class SpillFolder
{
    private const string Suffix = ".spill";

    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    public SpillFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(Path);
        }
        else
        {
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        foreach (var left in Directory.EnumerateFiles(Path, "*" + Suffix))
        {
            DeleteUnlessHeld(left);
        }
    }

    public string Path { get; }

    /// <summary>A new slab. The caller disposes it.</summary>
    /// <exception cref="IOException">There is no room, or the folder is gone; nothing is left behind.</exception>
    public SpillSlab Create(long bytes)
    {
        var path = System.IO.Path.Combine(Path, Guid.NewGuid().ToString("N") + Suffix);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None,
            Options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None,
            PreallocationSize = bytes,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        FileStream? file = null;
        try
        {
            file = new FileStream(path, options);
            var slab = new SpillSlab(file, bytes);
            file = null;
            return slab;
        }
        catch (UnauthorizedAccessException cause)
        {
            throw new IOException(cause.Message, cause);
        }
        finally
        {
            file?.Dispose();
            if (!OperatingSystem.IsWindows() && Directory.Exists(Path))
            {
                File.Delete(path);
            }
        }
    }

    private static void DeleteUnlessHeld(string path)
    {
        try
        {
            using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 0))
            {
                if (!OperatingSystem.IsWindows())
                {
                    File.Delete(path);
                    return;
                }
            }

            File.Delete(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // Held by a process that lives, gone already, or another account's.
        }
    }
}
