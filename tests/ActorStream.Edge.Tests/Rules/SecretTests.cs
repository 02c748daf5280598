using System.Collections.Concurrent;
using System.Text;
using ActorStream.Edge.Tests.Support;
using ActorStream.Storage.Contracts;
using Microsoft.Extensions.Logging;

namespace ActorStream.Edge.Tests.Rules;

public sealed class SecretTests
{
    private const string Rule = """{"metric_name":"m","threshold":1,"discord_webhook_url":"https://discord.com/api/webhooks/42/top-secret"}""";

    [Fact]
    public async Task Whatever_happens_to_a_rule_no_line_of_the_log_holds_its_webhook_or_token()
    {
        var log = new KeptLog();
        await using var edge = await RunningEdge.StartAsync(log: log);
        var id = (await edge.PostAsync("/rules", Rule)).Json.GetProperty("id").GetString();
        await edge.GetAsync($"/rules/{id}");
        await edge.PostAsync("/rules", Rule.Replace("discord.com", "evil.example", StringComparison.Ordinal));
        await edge.PostAsync("/rules", Rule[..^1]);
        foreach (var failure in new Exception[] { new StorageFullException("full"), new OutcomeUnknownException("lost"), new InvalidOperationException("a fault of the program") })
        {
            edge.Node.StorageFails = failure;
            await edge.SendAsync(new HttpRequestMessage(HttpMethod.Put, $"/rules/{id}") { Content = new StringContent(Rule, Encoding.UTF8, "application/json") }).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        Assert.Contains(log.Lines, l => l.Contains("a fault of the program", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, l => l.Contains("top-secret", StringComparison.Ordinal) || l.Contains("api/webhooks", StringComparison.Ordinal));
    }

    /// <summary>Every line at every level but Trace, which prints bytes of connections.</summary>
    private sealed class KeptLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
