using System.IO.Hashing;
using System.Text;
using ActorStream.Domain.Records;

namespace ActorStream.Streams.Windows;

/// <summary>Keys as they stand in records to small numbers: the same bytes again cost one look-up and no object. Hot path; not thread safe.</summary>
/// <remarks>Bounded: at <see cref="KeysMax"/> it forgets all, so keys without a bound cost time and not memory. The hash is seeded per process: senders choose these bytes.</remarks>
internal sealed class KeyInterner(int groups)
{
    public const int KeysMax = 2_000_000;

    private static readonly long Seed = Random.Shared.NextInt64();

    private readonly List<Entry> _entries = [];
    private int[] _slots = new int[1_024];

    public int Count => _entries.Count;

    public Entry this[int id] => _entries[id];

    /// <param name="utf8">Valid UTF-8.</param>
    public int IdOf(ReadOnlySpan<byte> utf8)
    {
        var hash = (uint)XxHash3.HashToUInt64(utf8, Seed);
        for (var slot = hash & (uint)(_slots.Length - 1); ; slot = (slot + 1) & (uint)(_slots.Length - 1))
        {
            var id = _slots[slot] - 1;
            if (id < 0)
                return Add(utf8, hash, slot);
            var entry = _entries[id];
            if (entry.Hash == hash && utf8.SequenceEqual(entry.Utf8))
                return id;
        }
    }

    /// <summary>Before a chunk, never within one: its numbers must hold to its end.</summary>
    public void Trim()
    {
        if (_entries.Count < KeysMax)
            return;
        _entries.Clear();
        _slots = new int[1_024];
    }

    private int Add(ReadOnlySpan<byte> utf8, uint hash, uint slot)
    {
        _entries.Add(new Entry(utf8.ToArray(), Encoding.UTF8.GetString(utf8), hash, StableHash.Bucket(utf8, groups)));
        _slots[slot] = _entries.Count;
        if (_entries.Count * 2 > _slots.Length)
            Grow();
        return _entries.Count - 1;
    }

    private void Grow()
    {
        _slots = new int[_slots.Length * 4];
        for (var id = 0; id < _entries.Count; id++)
        {
            var slot = _entries[id].Hash & (uint)(_slots.Length - 1);
            while (_slots[slot] != 0)
                slot = (slot + 1) & (uint)(_slots.Length - 1);
            _slots[slot] = id + 1;
        }
    }

    internal sealed class Entry(byte[] utf8, string name, uint hash, int group)
    {
        public readonly byte[] Utf8 = utf8;
        public readonly string Name = name;
        public readonly uint Hash = hash;

        /// <summary>The key group: a stable hash, the same on every node.</summary>
        public readonly int Group = group;

        /// <summary>Number of the last chunk that held it, and its place in that chunk's own table of keys.</summary>
        public long Chunk = -1;
        public int Index;
    }
}
