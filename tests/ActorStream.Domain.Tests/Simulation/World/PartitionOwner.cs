namespace ActorStream.Domain.Tests.Simulation;

/// <summary>Whoever reads a partition: its keeper starts it again and again.</summary>
internal abstract class PartitionOwner(World world, SimPartition partition, int node, string name) : SimActor(world, node, name)
{
    public SimPartition Partition => partition;
}
