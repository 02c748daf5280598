using ActorStream.Storage.Contracts;
using Microsoft.Extensions.Time.Testing;

namespace ActorStream.Storage.Tests;

/// <summary>One empty database of a kind, gone afterwards, and a clock that stands still. Several storages on it are several nodes.</summary>
public interface IStorageWorld : IDisposable
{
    FakeTimeProvider Time { get; }

    Task<INodeStorage> OpenAsync(TimeSpan? historyRetention = null, TimeProvider? time = null);

    /// <summary>A foreign hand that keeps the commit rows locked until it is disposed.</summary>
    IDisposable HoldCommits();

    /// <summary>A foreign append to partition 0 of <c>metrics</c> that has taken its offset and is not committed.</summary>
    HeldAppend HoldAppend(string value);

    /// <summary>What <see cref="AppendingProcess"/> is told, to open the same database.</summary>
    string Place { get; }
}
