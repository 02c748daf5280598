namespace ActorStream.Hosting.Cluster;

/// <summary>The sharded types: names as <c>pbm sharding list</c> shows them, and their fixed numbers of shards.</summary>
public static class EntityTypes
{
    public const string Readers = "readers";
    public const string Alarms = "alarms";
    public const string Notices = "notices";
    public const string Windows = "windows";

    /// <summary>About one per reader of a usual cluster.</summary>
    public const int ReaderShards = 32;

    /// <summary>Ten per node of the largest cluster that is thought of.</summary>
    public const int AlarmShards = 100;

    /// <summary>One per group: each group can move by itself.</summary>
    public const int NoticeShards = 16;

    /// <summary>As many as a pipeline has key groups by default: with one pipeline each can move by itself.</summary>
    public const int WindowShards = 64;

    public static readonly IReadOnlyList<string> All = [Readers, Alarms, Notices, Windows];
}

/// <summary>Registry key of the region of readers.</summary>
public sealed class ReadersRegion;

/// <summary>Registry key of the region of metric alarm entities.</summary>
public sealed class AlarmsRegion;

/// <summary>Registry key of the region of notice groups.</summary>
public sealed class NoticesRegion;

/// <summary>Registry key of the region of window groups.</summary>
public sealed class WindowsRegion;

/// <summary>Registry key of this node's <see cref="Actors.Rules.RulesViewActor"/>.</summary>
public sealed class RulesViewKey;

/// <summary>Registry key of this node's <see cref="Actors.Pipelines.PipelinesViewActor"/>.</summary>
public sealed class PipelinesViewKey;

/// <summary>Registry key of the singleton that keeps readers alive.</summary>
public sealed class ReaderKeeperKey;

/// <summary>Registry key of this node's agent, which answers for it to other nodes.</summary>
public sealed class NodeAgentKey;
