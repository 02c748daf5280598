using System.Diagnostics;
using System.Globalization;
using ActorStream.Storage.Contracts;

namespace ActorStream.Storage.Tests;

/// <summary>This assembly run as a program of its own: makes the topics that are told to it, each when it is told, and says what it sees of them.</summary>
internal sealed class EnsuringProcess : IAsyncDisposable
{
    public const string Command = "ensure";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly Process _process;

    public EnsuringProcess(string place, int partitions) => _process = AppendingProcess.Start(p => (p.RedirectStandardInput, p.RedirectStandardOutput) = (true, true), Command, place, $"{partitions}");

    /// <summary>Its storage is open.</summary>
    public Task OpenAsync() => AnswerAsync();

    public async Task TellAsync(string topic)
    {
        await _process.StandardInput.WriteLineAsync(topic);
        await _process.StandardInput.FlushAsync();
    }

    public async Task<string> AnswerAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Deadline) ?? throw new InvalidOperationException("The process ended; its error output says why.");

    /// <summary>It ends with its input.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Deadline);
        _process.Dispose();
    }

    /// <summary>In the process: a topic's name a line, answered with its partitions, its incarnation and the offset of one record that was appended.</summary>
    public static async Task RunAsync(INodeStorage storage, int partitions)
    {
        await Console.Out.WriteLineAsync("open");
        while (await Console.In.ReadLineAsync() is { } topic)
        {
            await storage.Topics.EnsureAsync(topic, partitions, withState: false);
            var appended = await storage.Topics.AppendAsync(topic, [DataFolder.Batch(1, $"{partitions}")]);
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{storage.Topics.PartitionsOf(topic)} {storage.Topics.IncarnationOf(topic)} {appended.Firsts[0]}"));
        }
    }
}
