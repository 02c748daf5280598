namespace ActorStream.Node.Cli;

/// <summary>What the process says when it ends.</summary>
public static class ExitCode
{
    public const int Done = 0;

    public const int Failed = 1;

    /// <summary>The command line could not be understood.</summary>
    public const int Usage = 2;

    /// <summary>The cluster declared this node dead: it must not go on, and may be started again.</summary>
    public const int Downed = 3;
}
