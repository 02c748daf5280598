using System.CommandLine;

namespace ActorStream.Pbm.Commands;

/// <summary>The palettes of <c>pbm</c>, spelled as in the original tool.</summary>
internal static class CommandTree
{
    public static RootCommand Build(CommandContext context)
    {
        var root = new RootCommand($"Operates an ActorStream cluster. First argument: HOST:PORT of a node's management port, default {PbmApp.DefaultNode}.");
        root.Add(context.Json);
        root.Add(context.Token);
        root.Add(Cluster(context));
        root.Add(Sharding(context));
        root.Add(new Command("sources", "Readers of all groups") { context.Show("show", "Position, head and lag of every reader", _ => "pbm/sources", Tables.Sources) });
        root.Add(Alarms(context));
        root.Add(new Command("notices", "Delivery of alarms to webhooks")
        {
            context.Show("list", "Every webhook of every notice group: what waits, what was delivered, what is in doubt", _ => "pbm/notices", Notices.List),
        });
        root.Add(new Command("webhooks", "Webhooks that alarms are sent to") { context.Show("list", "State, backlog, last answer and next try of each", _ => "pbm/webhooks", Notices.Webhooks) });
        root.Add(new Command("rules", "Rules") { context.Show("list", "All rules, webhooks masked", _ => "pbm/rules", Tables.Rules) });
        root.Add(Pipelines(context));
        root.Add(Windows(context));
        root.Add(Watermarks(context));
        root.Add(Checkpoints(context));
        root.Add(new Command("dead-letters", "What was refused after it had a position")
        {
            context.Show("list", "The newest first, with exact counts per reason", _ => "pbm/dead-letters", Tables.DeadLetters),
        });
        return root;
    }

    private static Command Cluster(CommandContext context)
    {
        var leaving = new Argument<string?>("ADDRESS") { Description = "The member that leaves; without it the node that is asked", Arity = ArgumentArity.ZeroOrOne };
        var dead = new Argument<string>("ADDRESS") { Description = "The member to be declared dead, as 'cluster show' lists it" };
        return new Command("cluster", "Members of the cluster")
        {
            context.Show("show", "All members with roles, status and shards", _ => "pbm/cluster", Tables.Cluster),
            context.Show("status", "The node's own place in the cluster", _ => "pbm/cluster/status", Tables.Status),
            context.Act("leave", "Hands over and leaves the cluster", parsed => parsed.GetValue(leaving) is { Length: > 0 } address ? $"pbm/cluster/leave?address={Escape(address)}" : "pbm/cluster/leave", leaving),
            context.Act("down", "Declares a member dead that cannot leave any more", parsed => $"pbm/cluster/down?address={Escape(parsed.GetRequiredValue(dead))}", dead),
        };
    }

    private static Command Sharding(CommandContext context)
    {
        var type = new Argument<string?>("TYPE") { Description = "readers, alarms, notices or windows; without it the sums per type", Arity = ArgumentArity.ZeroOrOne };
        var sharding = new Command("sharding", "Sharded entities")
        {
            context.Show("list", "Entity types with their regions, shards and entities", _ => "pbm/sharding", Tables.ShardTypes),
            context.Show("show", "Where the shards of a type are, with their entities", parsed => parsed.GetValue(type) is { Length: > 0 } name ? $"pbm/sharding/{Escape(name)}" : "pbm/sharding", Tables.Shards, type),
        };
        sharding.Aliases.Add("cluster-sharding");
        return sharding;
    }

    private static Command Alarms(CommandContext context)
    {
        var name = new Argument<string>("NAME") { Description = "A metric's name" };
        var id = new Argument<string>("ID") { Description = "An alarm's id, as 'alarms list' shows it" };
        return new Command("alarms", "Alarms and the entities that raise them")
        {
            context.Show("list", "Alarms raised, newest first", _ => "pbm/alarms", Tables.Alarms),
            context.Show("show", "What the entity of a metric knows", parsed => $"pbm/alarms/entity?metric={Escape(parsed.GetRequiredValue(name))}", Tables.AlarmEntity, name),
            context.Show("explain", "Why an alarm was raised and what became of it", parsed => $"pbm/alarms/explain/{Escape(parsed.GetRequiredValue(id))}", AlarmTables.Explain, id),
        };
    }

    private static Command Pipelines(CommandContext context)
    {
        var id = new Argument<string>("ID") { Description = "A pipeline's id, as 'pipelines list' shows it" };
        string Path(ParseResult parsed) => $"pbm/pipelines/{Escape(parsed.GetRequiredValue(id))}";
        return new Command("pipelines", "Pipelines of windows")
        {
            context.Show("list", "All pipelines, their windows and whether they run", _ => "pbm/pipelines", PipelineTables.List),
            context.Show("show", "One pipeline with every setting", Path, PipelineTables.Show, id),
            context.Act("start", "Goes on where it was stopped", parsed => Path(parsed) + "/start", id),
            context.Act("stop", "Drains its readers; its source is kept for it", parsed => Path(parsed) + "/stop", id),
            context.Act("drain", "Processes what its source holds now, stops it, and waits until all its results are in its sinks", parsed => Path(parsed) + "/drain", id),
            context.Act("delete", "Ends it; its state and results stay, and one made again under its id goes on from there", parsed => Path(parsed) + "/delete", id),
        };
    }

    private static Command Windows(CommandContext context)
    {
        var id = new Argument<string?>("PIPELINE") { Description = "A pipeline's id; without it all", Arity = ArgumentArity.ZeroOrOne };
        return new Command("windows", "Windows that are held") { context.Show("list", "The first by start", parsed => "pbm/windows" + Of(parsed.GetValue(id)), PipelineTables.Windows, id) };
    }

    private static Command Watermarks(CommandContext context)
    {
        var id = new Argument<string?>("PIPELINE") { Description = "A pipeline's id; without it all", Arity = ArgumentArity.ZeroOrOne };
        return context.Show("watermarks", "How far event time has come in each partition, and which holds its pipeline back", parsed => "pbm/watermarks" + Of(parsed.GetValue(id)), PipelineTables.Watermarks, id);
    }

    private static Command Checkpoints(CommandContext context)
    {
        var id = new Argument<string?>("PIPELINE") { Description = "A pipeline's id; without it all", Arity = ArgumentArity.ZeroOrOne };
        return new Command("checkpoints", "What a restart would go on from")
        {
            context.Show("list", "Commit rows of sources, events and snapshots of the first 1000 key groups", parsed => $"pbm/checkpoints?limit=1000{Of(parsed.GetValue(id), '&')}", PipelineTables.Checkpoints, id),
        };
    }

    private static string Of(string? pipeline, char before = '?') => pipeline is { Length: > 0 } ? $"{before}pipeline_id={Escape(pipeline)}" : "";

    private static string Escape(string text) => Uri.EscapeDataString(text);
}
