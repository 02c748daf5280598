using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ActorStream.Storage.Sqlite;

/// <summary>Whose turn it is among the processes that write to one database file: a kernel lock on a side file, which queues in order and is released when its holder is killed.</summary>
/// <remarks>Only for fairness: SQLite's own lock decides, but its waiters sleep and poll, and one may starve for seconds (limits.md). On Windows every turn is free.</remarks>
internal sealed partial class WriteTurn : IDisposable
{
    private const int Exclusive = 2;
    private const int Unlock = 8;
    private const int Interrupted = 4;

    private readonly SafeFileHandle? _file;

    public WriteTurn(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        if (!File.Exists(path))
            CreateSideFile(path);

        // Not File.OpenHandle: it takes a shared lock of its own, and fails while another process has its turn.
        var closeOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;
        var descriptor = OpenFile(path, closeOnExec);
        if (descriptor >= 0)
            _file = new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Waits without a bound; a kernel that has no such locks here gives every turn at once.</summary>
    public void Take()
    {
        if (_file is null)
            return;
        while (LockFile(_file, Exclusive) != 0 && Marshal.GetLastPInvokeError() == Interrupted)
        {
        }
    }

    public void Give()
    {
        if (_file is not null)
            _ = LockFile(_file, Unlock);
    }

    public void Dispose() => _file?.Dispose();

    private static void CreateSideFile(string path)
    {
        try
        {
            File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process made it in this moment, which is all that was wanted.
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int LockFile(SafeFileHandle file, int operation);
}
