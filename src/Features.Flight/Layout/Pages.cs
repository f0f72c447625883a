using System.Runtime.InteropServices;

namespace Features.Flight.Layout;

/// <summary>
/// Pages of memory from the operating system. On Linux they are its large ones where it has them: rows at random places of a large data set
/// are then found without a walk through tables for each. Elsewhere they are ordinary memory.
/// </summary>
internal static unsafe partial class Pages
{
    /// <summary>Bytes of a large page.</summary>
    public const long LargeBytes = 2 << 20;

    private const int Read = 1;
    private const int Write = 2;
    private const int PrivateAnonymous = 0x22;
    private const int DontNeed = 4;
    private const int HugePage = 14;
    private const nint Failed = -1;

    /// <summary>Reserves bytes at a boundary of <see cref="LargeBytes"/>. On Linux none of them takes memory until it is written.</summary>
    /// <param name="bytes">A multiple of <see cref="LargeBytes"/>.</param>
    /// <exception cref="InsufficientMemoryException">There is no room.</exception>
    public static nint Reserve(long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return (nint)NativeMemory.AlignedAlloc((nuint)bytes, (nuint)LargeBytes);
        }

        var mapped = Map(0, (nuint)(bytes + LargeBytes), Read | Write, PrivateAnonymous, -1, 0);
        if (mapped == Failed)
        {
            throw new InsufficientMemoryException($"the system has no room for {bytes} bytes of column memory");
        }

        // What lies before and behind the boundaries is given back.
        var start = (nint)((mapped + LargeBytes - 1) & -LargeBytes);
        if (start > mapped)
        {
            _ = Unmap(mapped, (nuint)(start - mapped));
        }

        if (mapped + LargeBytes > start)
        {
            _ = Unmap(start + (nint)bytes, (nuint)(mapped + LargeBytes - start));
        }

        _ = Advise(start, (nuint)bytes, HugePage);
        return start;
    }

    /// <summary>Ends what <see cref="Reserve"/> began.</summary>
    public static void Release(nint start, long bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Unmap(start, (nuint)bytes);
        }
        else
        {
            NativeMemory.AlignedFree((void*)start);
        }
    }

    /// <summary>Gives back the memory of the whole pages in a range, whose content is lost; the range stays reserved.</summary>
    public static void Discard(nint start, long bytes)
    {
        var page = (nint)Environment.SystemPageSize;
        var first = (start + page - 1) & -page;
        var end = (nint)(start + bytes) & -page;
        if (OperatingSystem.IsLinux() && end > first)
        {
            _ = Advise(first, (nuint)(end - first), DontNeed);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);
}
