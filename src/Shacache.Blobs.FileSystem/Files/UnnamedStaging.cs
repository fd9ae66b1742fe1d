using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Posix;

namespace Shacache.Blobs.FileSystem.Files;

/// <summary>Stages in files without a name (O_TMPFILE) and links them into place: a crash leaves nothing to sweep. Linux only.</summary>
internal sealed class UnnamedStaging(BlobLayout layout) : Staging
{
    /// <summary>Tries it out, as it depends on the file system, the kernel and whether /proc is mounted.</summary>
    public static bool IsSupported(BlobLayout layout)
    {
        if (!ProcessCalls.Is64BitLinux)
            return false;
        try
        {
            new UnnamedStaging(layout).Probe(layout);
            return true;
        }
        catch (IOException e)
        {
            // Without room nothing can be tried.
            return StorageFailure.IsFull(e);
        }
    }

    public override StagedFile Create()
    {
        int descriptor = FileCalls.Open(layout.Incoming, FileCalls.UnnamedFile | FileCalls.ReadWrite | FileCalls.CloseOnExec, FileCalls.DefaultMode);
        return descriptor >= 0
            ? new StagedFile(Descriptors.Keep(new SafeFileHandle(descriptor, ownsHandle: true)), null)
            : throw PosixError.LastException("open an unnamed file in", layout.Incoming);
    }

    public override bool TryPublish(StagedFile file, Digest digest) => Link(file, layout.PathOf(digest));

    public override void Replace(StagedFile file, Digest digest)
    {
        string temporaryPath = NamedStaging.NewPath(layout);
        Link(file, temporaryPath);
        Disk.Rename(temporaryPath, layout.PathOf(digest));
    }

    protected override void Publish(StagedFile file, string path) => Link(file, path);

    private static bool Link(StagedFile file, string path)
    {
        // Through /proc, because naming a descriptor directly (AT_EMPTY_PATH) needs a capability on most kernels.
        byte[] source = Encoding.UTF8.GetBytes($"/proc/self/fd/{file.Handle.DangerousGetHandle()}\0");
        byte[] name = Encoding.UTF8.GetBytes($"{path}\0");
        if (FileCalls.LinkAt(FileCalls.CurrentFolder, source, FileCalls.CurrentFolder, name, FileCalls.FollowLink) == 0)
            return true;
        return PosixError.Last switch
        {
            PosixError.Exists => false,
            PosixError.NoEntry => throw new DirectoryNotFoundException($"The folder of {path} is missing."),
            _ => throw PosixError.LastException("link", path),
        };
    }
}
