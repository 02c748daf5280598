using System.Globalization;
using ActorStream.Domain.Alarms;
using ActorStream.Domain.Notices;
using ActorStream.Domain.Protocol;
using ActorStream.Domain.Records;
using ActorStream.Domain.Rules;
using ActorStream.Domain.Tests.Protocol;
using CsCheck;
using Xunit;
using static ActorStream.Domain.Tests.Notices.NoticeWorld;

namespace ActorStream.Domain.Tests.Notices;

/// <summary>A notice group under the real entity machine, with crashes, lost answers and every outcome, against a receiver that writes down what it took.</summary>
public sealed class NoticeDeliverySpec
{
    private const int AlarmCount = 40;
    private const int Hooks = 3;

    /// <summary>Beyond any run: an alarm is too old from the beginning, or never.</summary>
    private const long MaxAgeMs = 100_000_000_000;

    [Fact]
    public void Every_notice_arrives_in_order_and_at_most_once_more_than_it_was_counted_ambiguous()
    {
        Gen.Int.Sample(seed =>
        {
            var world = new World(new Random(seed));
            for (var step = 0; step < 300; step++)
                world.Step();
            world.Heal();
            world.Check();
        }, iter: 150);
    }

    private sealed class World(Random random)
    {
        private readonly List<(Checkpoint Event, EntitySnapshot? Snapshot)> _journal = [];
        private readonly Dictionary<string, List<long>> _arrived = [];
        private readonly HashSet<long> _dead = [];
        private readonly List<NoticeAttempt> _posts = [];
        private readonly Dictionary<AlarmId, int> _edits = [];
        private readonly HashSet<string> _deleted = [];
        private readonly AlarmBatch _log = Batch([.. Enumerable.Range(0, AlarmCount).Select(i => AnyAlarm(i, random))]);
        private EntityHarness _entity = null!;
        private NoticeState _state = null!;
        private long _nowMs;
        private int _readUpTo = 1;
        private bool _faults = true;

        public void Step()
        {
            if (_entity is null)
                Recover();
            _nowMs += random.Next(2_000);
            switch (random.Next(_faults ? 20 : 18))
            {
                case < 3:
                    _readUpTo = Math.Min(AlarmCount, _readUpTo + random.Next(6));
                    _entity!.Machine.OnApply(new Apply("notices/1", Source, 1, PartitionId.None, [Slice()], null), _nowMs);
                    break;
                case < 5:
                    _entity!.Machine.OnApply(new Apply("notices/1", Source, 1, PartitionId.None, [], Tick.Nothing), _nowMs);
                    break;
                case < 9:
                    if (_state.StartDue(_nowMs) > 0)
                        _entity!.Machine.WriteCheckpoint();
                    break;
                case < 14:
                    AcknowledgeWrite();
                    break;
                case < 18:
                    Post();
                    break;
                default:
                    Recover();
                    break;
            }
            KeepDeadLetters();
        }

        public void Heal()
        {
            (_faults, _readUpTo) = (false, AlarmCount);
            for (var step = 0; step < 20_000 && (_state.Queued > 0 || !_entity.Machine.IsClean || _entity.Machine.Applied.GetValueOrDefault(Source, -1) < AlarmCount - 1); step++)
                Step();
        }

        public void Check()
        {
            Assert.Equal(0, _state.Queued);
            Assert.Equal(AlarmCount - 1, _entity.Machine.Applied[Source]);
            var repetitions = Repetitions();
            foreach (var group in _log.Alarms.GroupBy(a => a.WebhookUrl))
            {
                var arrived = _arrived.GetValueOrDefault(group.Key, []);
                // Told by a message of its own, or by the change of another.
                Assert.Equal(group.Where(a => !_edits.ContainsKey(a.Id)).Select(a => a.Cause.Offset).Where(o => !_dead.Contains(o)), arrived.Distinct().Where(o => !_dead.Contains(o) && !_edits.ContainsKey(_log.Alarms[(int)o].Id)));
                var channel = ((NoticeStateSnapshot)_state.CaptureAll()).Channels.Single(c => c.WebhookUrl == group.Key);
                Assert.True(arrived.Count <= group.Count() + channel.Ambiguous, $"{arrived.Count} deliveries of {group.Count()} notices, {channel.Ambiguous} ambiguous");
                foreach (var (offset, times) in arrived.CountBy(o => o))
                    Assert.True(times <= 1 + repetitions.GetValueOrDefault(_log.Alarms[(int)offset].Id), $"notice {offset} arrived {times} times");
                Assert.Equal(channel.Ambiguous, group.Sum(a => repetitions.GetValueOrDefault(a.Id)));
            }
        }

        /// <summary>Of all kinds; half of those that resolve something end an episode that an earlier alarm of the same webhook began.</summary>
        private static AlarmRecord AnyAlarm(int number, Random random)
        {
            var hook = random.Next(Hooks);
            var kind = random.Next(6) switch { 0 => AlarmKind.Stale, 1 => AlarmKind.Test, 2 or 3 => AlarmKind.Resolved, _ => AlarmKind.Triggered };
            var begun = Math.Max(0, number - 1 - random.Next(8));
            return Alarm(number, hook) with
            {
                Kind = kind,
                OnResolve = random.Next(2) == 0 ? ResolveAction.Edit : ResolveAction.Message,
                Receiver = hook == Hooks - 1 && random.Next(2) == 0 ? ReceiverKind.Json : ReceiverKind.Discord,
                Episode = kind == AlarmKind.Resolved ? Alarm(begun).Id : Alarm(number).Id,
                AppendTimeMs = random.Next(8) == 0 ? -MaxAgeMs : MaxAgeMs,
            };
        }

        private AlarmBatch Slice() => Batch([.. _log.Alarms.Take(_readUpTo)]);

        /// <summary>A write reaches the journal when its acknowledgement does, or is lost with the incarnation.</summary>
        private void AcknowledgeWrite()
        {
            if (!_entity.IsWriting)
                return;
            Store();
            _entity.AcknowledgeWrite(_nowMs);
            _posts.AddRange(_state.TakeReady());
        }

        private void Store() => _journal.Add(_entity.Writes[^1]);

        private void Post()
        {
            if (_posts.Count == 0)
                return;
            var attempt = _posts[random.Next(_posts.Count)];
            _posts.Remove(attempt);
            var kind = _faults ? random.Next(12) : 0;
            var isTaken = kind is < 6 or 8;
            if (isTaken)
                Arrive(attempt);
            if (attempt.EditedMessage is { } message && (kind == 10 || _deleted.Contains(message)))
            {
                // Deleted by someone at the receiver's: no edit finds it again.
                _deleted.Add(message);
                _state.Finish(attempt, AttemptOutcome.MessageGone, _nowMs);
                return;
            }
            switch (kind)
            {
                case < 6:
                    _state.Finish(attempt, Made($"{attempt.Alarms[0].Cause.Offset + 1}"), _nowMs);
                    break;
                case < 8:
                    _state.Finish(attempt, AttemptOutcome.NotTaken, _nowMs, random.Next(5_000));
                    break;
                case < 10:
                    _state.Finish(attempt, AttemptOutcome.Unknown, _nowMs);
                    break;
                case 10:
                    _state.Finish(attempt, AttemptOutcome.Refused, _nowMs);
                    break;
                default:
                    if (random.Next(6) == 0)
                        _state.Die(attempt, "404");
                    else
                        _state.Finish(attempt, AttemptOutcome.NotTaken, _nowMs);
                    break;
            }
        }

        private void Arrive(NoticeAttempt attempt)
        {
            if (attempt.EditedMessage is { } message)
            {
                var alarm = Assert.Single(attempt.Alarms);
                // The message of the alarm that began the episode, whose id is its offset + 1.
                Assert.Equal(alarm.Episode, _log.Alarms[int.Parse(message, CultureInfo.InvariantCulture) - 1].Episode);
                if (!_deleted.Contains(message))
                    _edits[alarm.Id] = _edits.GetValueOrDefault(alarm.Id) + 1;
                return;
            }
            if (!_arrived.TryGetValue(attempt.WebhookUrl, out var arrived))
                _arrived.Add(attempt.WebhookUrl, arrived = []);
            arrived.AddRange(attempt.Alarms.Select(a => a.Cause.Offset));
        }

        private void KeepDeadLetters()
        {
            foreach (var letter in _state.TakeUndeliverable())
                _dead.Add(letter.Alarm.Cause.Offset);
        }

        /// <summary>Per notice, how often the journal shows an attempt at a message of its own while the one before had no known outcome.</summary>
        private Dictionary<AlarmId, int> Repetitions()
        {
            var (inDoubt, repetitions) = (new HashSet<AlarmId>(), new Dictionary<AlarmId, int>());
            foreach (var change in _journal.Select(e => e.Event.Change).OfType<NoticeStateChange>())
            {
                inDoubt.ExceptWith(change.Finished.Where(f => f.Outcome != AttemptOutcome.Unknown).SelectMany(f => f.Alarms));
                foreach (var id in change.Attempts.Where(a => !a.IsEdit).SelectMany(a => a.Alarms).Where(id => !inDoubt.Add(id)))
                    repetitions[id] = repetitions.GetValueOrDefault(id) + 1;
            }
            return repetitions;
        }

        /// <summary>The incarnation dies with what it had in flight; a write in flight may or may not have reached the journal.</summary>
        private void Recover()
        {
            if (_entity is { IsWriting: true } && random.Next(2) == 0)
                Store();
            foreach (var post in _posts.Where(_ => random.Next(2) == 0))
                Arrive(post);
            _posts.Clear();
            _state = new NoticeState(new NoticeOptions(QueueMax: 12, MaxAgeMs: MaxAgeMs), random.NextDouble);
            _entity = new EntityHarness(_state, new EntityOptions("notices/1", IsFixedGroup: true, SnapshotEvery: 5), isRecovered: false);
            var from = _journal.FindLastIndex(e => e.Snapshot is not null);
            if (from >= 0 && random.Next(3) > 0)
                _entity.Machine.Restore(from + 1, _journal[from].Snapshot!);
            else
                from = -1;
            for (var i = from + 1; i < _journal.Count; i++)
                Assert.True(_entity.Machine.Fold(i + 1, _journal[i].Event));
            Assert.True(_entity.Machine.Recovered(_journal.Count, _nowMs));
            CheckSnapshots();
        }

        private void CheckSnapshots()
        {
            var folded = new NoticeState(new NoticeOptions(), () => 0);
            foreach (var (written, snapshot) in _journal)
            {
                if (written.Change is { } change)
                    folded.Fold(change);
                if (snapshot?.State is NoticeStateSnapshot state)
                    Assert.Equal(System.Text.Json.JsonSerializer.Serialize(state), NoticePair.TextOf(folded));
            }
        }
    }
}
