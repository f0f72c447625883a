namespace Features.Iceberg.Storage;

/// <summary>What a failed call on a local file means, with the remedy.</summary>
internal static class LocalFault
{
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int NoSpace = 28;

    private static readonly int Quota = OperatingSystem.IsMacOS() ? 69 : 122;

    /// <summary>The error for a failed call.</summary>
    public static StorageException Of(string location, Exception cause) => cause switch
    {
        IOException e when e.HResult is NoSpace or WindowsDiskFull or WindowsHandleDiskFull || e.HResult == Quota =>
            new StorageException(location, "the disk is full", "free space or move the warehouse, then repeat; nothing half-written was left", false, e),
        UnauthorizedAccessException e => new StorageException(location, "access is denied", "give this process the right to it", false, e),
        _ => new StorageException(location, cause.Message, "check the disk and the path, then repeat", true, cause),
    };

    /// <summary>The result of a call, whose failure is told so.</summary>
    public static T Guarded<T>(string location, Func<T> call)
    {
        try
        {
            return call();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Of(location, e);
        }
    }

    /// <summary>The error for a failed system call.</summary>
    public static StorageException OfErrno(string location, int errno) =>
        Of(location, new IOException(System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(errno), errno));
}
