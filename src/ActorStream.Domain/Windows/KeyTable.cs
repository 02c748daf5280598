namespace ActorStream.Domain.Windows;

/// <summary>Keys of one spec. A batch names its keys by index: each is looked up once, then found without hashing. Hot path.</summary>
internal sealed class KeyTable<T>
    where T : KeyWindows
{
    private readonly Dictionary<string, T> _all = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _names = [];
    private T?[] _found = [];
    private int[] _rounds = [];
    private int _round;

    public int Count => _all.Count;

    public IEnumerable<T> All => _all.Values;

    /// <summary>From here on indexes refer to these names.</summary>
    public void Begin(IReadOnlyList<string> names)
    {
        _names = names;
        _round++;
        if (_rounds.Length >= names.Count)
            return;
        _rounds = new int[names.Count];
        _found = new T?[names.Count];
    }

    public T? Find(int index) => _rounds[index] == _round ? _found[index] : LookUp(index);

    public T? Find(string name) => _all.GetValueOrDefault(name);

    public void Add(T key) => _all.Add(key.Key, key);

    public void Add(int index, T key)
    {
        Add(key);
        (_rounds[index], _found[index]) = (_round, key);
    }

    public void Remove(T key) => _all.Remove(key.Key);

    public void Clear()
    {
        _all.Clear();
        _round++;
    }

    private T? LookUp(int index)
    {
        var key = _all.GetValueOrDefault(_names[index]);
        (_rounds[index], _found[index]) = (_round, key);
        return key;
    }
}
