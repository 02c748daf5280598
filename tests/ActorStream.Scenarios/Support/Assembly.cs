// Each scenario is several processes under load: two at once would measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
