using System.Runtime.InteropServices;

namespace Features.Iceberg.Storage;

/// <summary>The two promises that .NET's file API does not make on Unix: a move that never replaces (File.Move looks first and then renames), and a folder entry that survives a power cut.</summary>
internal static class DurableFiles
{
    private const int NotPermitted = 1;
    private const int AccessDenied = 13;
    private const int Exists = 17;
    private const int Invalid = 22;
    private const int CurrentFolder = -100;
    private const uint NoReplace = 1;

    private static readonly int NotSupported = OperatingSystem.IsMacOS() ? 45 : 95;

    /// <summary>Moves a file within its folder; fails if the name is taken.</summary>
    /// <exception cref="AlreadyExistsException">The name is taken.</exception>
    public static void MoveWithoutReplacing(string from, string to, string location)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(from, to, overwrite: false);
                return;
            }
            catch (IOException) when (File.Exists(to))
            {
                throw Taken(location);
            }
        }

        if (Link(from, to) == 0)
        {
            File.Delete(from);
            return;
        }

        var errno = Marshal.GetLastPInvokeError();
        if ((errno == NotPermitted || errno == NotSupported) && OperatingSystem.IsLinux())
        {
            // File systems without hard links (FAT, some network mounts).
            if (RenameAt2(CurrentFolder, from, CurrentFolder, to, NoReplace) == 0)
            {
                return;
            }

            errno = Marshal.GetLastPInvokeError();
        }

        throw errno == Exists ? Taken(location) : LocalFault.OfErrno(location, errno);
    }

    /// <summary>Makes a folder's entries durable where the system can (not on Windows, whose file systems log them).</summary>
    /// <exception cref="StorageException">The disk failed to.</exception>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(folder, 0);
        var errno = descriptor >= 0 && Flush(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        if (descriptor >= 0)
        {
            _ = Close(descriptor);
        }

        if (errno != 0 && !IsUnable(errno))
        {
            throw LocalFault.OfErrno(folder, errno);
        }
    }

    /// <summary>Whether a folder cannot be flushed at all, rather than failed to be: one that may be entered and not listed, and the file systems that have no such call.</summary>
    internal static bool IsUnable(int errno) => errno is AccessDenied or NotPermitted or Invalid || errno == NotSupported;

    private static AlreadyExistsException Taken(string location) => new("file", location, "choose another name; objects are never replaced");

    [DllImport("libc", EntryPoint = "link", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [DllImport("libc", EntryPoint = "renameat2", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RenameAt2(
        int fromFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string from, int toFolder, [MarshalAs(UnmanagedType.LPUTF8Str)] string to, uint flags);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flush(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
