using System.Buffers;

namespace ActorStream.Edge.Bodies;

/// <summary>A request body in one piece of rented memory; disposed before the answer is complete.</summary>
internal sealed class PooledBody(int initialBytes) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(initialBytes);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    public void Append(in ReadOnlySequence<byte> data)
    {
        var needed = Length + (int)data.Length;
        if (needed > _buffer.Length)
            Grow(needed);
        data.CopyTo(_buffer.AsSpan(Length));
        Length = needed;
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        var needed = Length + data.Length;
        if (needed > _buffer.Length)
            Grow(needed);
        data.CopyTo(_buffer.AsSpan(Length));
        Length = needed;
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        Length = 0;
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _buffer.Length * 2));
        _buffer.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
