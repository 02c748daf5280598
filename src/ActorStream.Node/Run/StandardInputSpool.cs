using ActorStream.Domain.Pipelines;
using ActorStream.Streams.Files;

namespace ActorStream.Node.Run;

/// <summary>Standard input as a file that grows until it ends: what was read of it can be read again after a crash.</summary>
internal sealed class StandardInputSpool(string path)
{
    private const string Standard = "-";

    private bool _isUsed;

    public SourceSpec Replace(SourceSpec source)
    {
        _isUsed = source.Paths.Contains(Standard);
        if (_isUsed)
        {
            // Nothing of an earlier run can be in it: standard input cannot be read twice.
            File.WriteAllBytes(path, []);
            File.WriteAllBytes(path + FileLog.GrowingSuffix, []);
        }
        return source with { Paths = [.. source.Paths.Select(p => p == Standard ? path : Path.GetFullPath(p))] };
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        if (!_isUsed)
            return;
        try
        {
            await using var input = Console.OpenStandardInput();
            await using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            var buffer = new byte[1 << 16];
            while (await input.ReadAsync(buffer, cancel) is > 0 and var got)
            {
                await file.WriteAsync(buffer.AsMemory(0, got), cancel);
                await file.FlushAsync(cancel);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return;
        }
        File.Delete(path + FileLog.GrowingSuffix);
    }
}
