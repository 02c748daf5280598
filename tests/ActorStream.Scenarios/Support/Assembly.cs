// Most scenarios wait more than they work: three at once. Those that are under load or hold a promise about time run after them, one by one (Alone).
[assembly: CollectionBehavior(MaxParallelThreads = 3)]
