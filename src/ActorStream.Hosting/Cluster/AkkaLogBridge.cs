using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using Akka.Hosting.Logging;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace ActorStream.Hosting.Cluster;

/// <summary>Akka's log events as events of the host's logger: the bare message, under the name of the class that logs.</summary>
/// <remarks>Akka.Hosting's own bridge puts all under one category and prints level, time and thread a second time inside of the message.
/// A class, not an actor path, is the category: a logger factory keeps every category it ever met, and entities come and go.</remarks>
internal sealed class AkkaLogBridge : ReceiveActor, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    private const string OtherCategory = "Akka";

    private readonly ILoggerFactory _factory;
    private readonly Dictionary<Type, ILogger> _loggers = [];

    public AkkaLogBridge()
    {
        var setup = Context.System.Settings.Setup.Get<LoggerFactorySetup>();
        _factory = setup.HasValue ? setup.Value.LoggerFactory : throw new InvalidOperationException("The actor system was made without the host's logger factory; start it by AddAkka.");
        Receive<InitializeLogger>(_ => Sender.Tell(new LoggerInitialized()));
        Receive<LogEvent>(Log);
    }

    private void Log(LogEvent e)
    {
        if (!_loggers.TryGetValue(e.LogClass, out var logger))
            _loggers.Add(e.LogClass, logger = _factory.CreateLogger(CategoryOf(e.LogClass)));
        var level = LevelOf(e);
        if (logger.IsEnabled(level))
            logger.Log(level, default, e, e.Cause, static (said, _) => said.Message?.ToString() ?? "");
    }

    /// <summary>Sources that are only a text share a class of Akka's that says nothing.</summary>
    private static string CategoryOf(Type type) => type == typeof(DummyClassForStringSources) ? OtherCategory : type.FullName ?? OtherCategory;

    private static LogLevel LevelOf(LogEvent e) => e.LogLevel() switch
    {
        Akka.Event.LogLevel.DebugLevel => LogLevel.Debug,
        Akka.Event.LogLevel.InfoLevel => LogLevel.Information,
        Akka.Event.LogLevel.WarningLevel => LogLevel.Warning,
        _ => LogLevel.Error,
    };
}
