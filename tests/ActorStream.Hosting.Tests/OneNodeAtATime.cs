using Xunit;

// Meters belong to a process, and a process has one node: two at once would end each other's instruments when one of them stops.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
