using ActorStream.Domain.Notices;

namespace ActorStream.Actors.Notices;

/// <summary>What every notice group of a node needs besides its journal; made once per node.</summary>
public sealed record NoticeServices(NoticeSender Sender, AttemptLog Attempts, NoticeOptions Options);
