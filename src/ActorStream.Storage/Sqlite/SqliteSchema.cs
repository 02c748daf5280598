namespace ActorStream.Storage.Sqlite;

/// <summary>Tables of both files. A change of any of them raises <see cref="Version"/> and brings a migration.</summary>
internal static class SqliteSchema
{
    public const long Version = 3;

    public const string FenceName = "journal_fence";

    /// <summary>protocol.md A1: deletion must not open the fence. Compared with the stored text at every start.</summary>
    public const string Fence = """
        CREATE TRIGGER journal_fence BEFORE INSERT ON journal
        WHEN EXISTS (SELECT 1 FROM journal WHERE persistence_id = NEW.persistence_id AND sequence_number >= NEW.sequence_number)
        BEGIN SELECT RAISE(ABORT, 'fenced'); END
        """;

    /// <summary>In each file that holds topics. Blobs are rows of a plain table: a WITHOUT ROWID tree would carry them in its inner pages.</summary>
    public const string Topics = """
        CREATE TABLE storage_info (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE storage_probe (filler BLOB NOT NULL);
        CREATE TABLE topic (
            id INTEGER NOT NULL PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            kind INTEGER NOT NULL,
            incarnation INTEGER NOT NULL,
            partitions INTEGER NOT NULL);
        CREATE TABLE topic_partition (
            topic_id INTEGER NOT NULL,
            partition INTEGER NOT NULL,
            first_offset INTEGER NOT NULL,
            next_offset INTEGER NOT NULL,
            append_time INTEGER NOT NULL,
            PRIMARY KEY (topic_id, partition)) WITHOUT ROWID;
        CREATE TABLE topic_batch (
            id INTEGER NOT NULL PRIMARY KEY,
            topic_id INTEGER NOT NULL,
            incarnation INTEGER NOT NULL,
            partition INTEGER NOT NULL,
            first_offset INTEGER NOT NULL,
            count INTEGER NOT NULL,
            append_time INTEGER NOT NULL,
            blob BLOB NOT NULL);
        CREATE UNIQUE INDEX topic_batch_offset ON topic_batch (topic_id, incarnation, partition, first_offset);
        CREATE TABLE topic_sender (
            topic_id INTEGER NOT NULL,
            sender TEXT NOT NULL,
            taken INTEGER NOT NULL,
            taken_at INTEGER NOT NULL,
            PRIMARY KEY (topic_id, sender)) WITHOUT ROWID;
        CREATE TABLE compacted_record (
            topic_id INTEGER NOT NULL,
            key TEXT NOT NULL,
            value BLOB,
            position INTEGER NOT NULL,
            append_time INTEGER NOT NULL,
            source_partition INTEGER NOT NULL DEFAULT -1,
            source_offset INTEGER NOT NULL DEFAULT -1,
            PRIMARY KEY (topic_id, key)) WITHOUT ROWID;
        CREATE UNIQUE INDEX compacted_record_position ON compacted_record (topic_id, position);
        """;

    /// <summary>Since version 3, in <c>state.db</c>.</summary>
    public const string Results = """
        CREATE TABLE window_result (
            pipeline TEXT NOT NULL,
            window_id TEXT NOT NULL,
            revision INTEGER NOT NULL,
            window_start INTEGER NOT NULL,
            window_end INTEGER NOT NULL,
            key TEXT NOT NULL,
            count INTEGER NOT NULL,
            sum REAL NOT NULL,
            min REAL NOT NULL,
            max REAL NOT NULL,
            avg REAL NOT NULL,
            data TEXT NOT NULL,
            retracted INTEGER NOT NULL,
            merged_into TEXT,
            event_time INTEGER,
            processing_time INTEGER NOT NULL,
            PRIMARY KEY (pipeline, window_id)) WITHOUT ROWID;
        CREATE INDEX window_result_start ON window_result (pipeline, window_start);
        """;

    /// <summary>The columns are those of Akka.Persistence.Sql 1.5.73, default mapping; of its indexes only those that it reads by (the others cost every write).</summary>
    public const string State = Topics + """

        CREATE TABLE journal (
            ordering INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            created INTEGER NOT NULL,
            deleted BIT NOT NULL,
            persistence_id NVARCHAR(255) NOT NULL,
            sequence_number INTEGER NOT NULL,
            message VARBINARY NOT NULL,
            manifest NVARCHAR(500),
            identifier INTEGER,
            writer_uuid NVARCHAR(128));
        CREATE UNIQUE INDEX journal_uq ON journal (persistence_id, sequence_number);
        CREATE TABLE tags (
            ordering_id INTEGER NOT NULL,
            tag NVARCHAR(64) NOT NULL,
            sequence_nr INTEGER NOT NULL,
            persistence_id NVARCHAR(255) NOT NULL,
            CONSTRAINT PK_tags PRIMARY KEY (ordering_id, tag));
        CREATE TABLE snapshot (
            persistence_id NVARCHAR(255) NOT NULL,
            sequence_number INTEGER NOT NULL,
            created INTEGER NOT NULL,
            snapshot VARBINARY,
            manifest NVARCHAR(500),
            serializer_id INTEGER,
            CONSTRAINT PK_snapshot PRIMARY KEY (persistence_id, sequence_number));
        CREATE TABLE commit_row (
            reader_group TEXT NOT NULL,
            topic TEXT NOT NULL,
            partition INTEGER NOT NULL,
            incarnation INTEGER NOT NULL,
            epoch INTEGER NOT NULL,
            serial INTEGER NOT NULL,
            position INTEGER NOT NULL,
            max_event_time INTEGER NOT NULL,
            idle INTEGER NOT NULL,
            records INTEGER NOT NULL,
            routed INTEGER NOT NULL,
            unrouted INTEGER NOT NULL,
            unreadable INTEGER NOT NULL,
            processor_state BLOB NOT NULL,
            config_version INTEGER NOT NULL,
            PRIMARY KEY (reader_group, topic, partition)) WITHOUT ROWID;
        CREATE TABLE alarm_history (
            seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            metric TEXT NOT NULL,
            rule_id TEXT NOT NULL,
            kind INTEGER NOT NULL,
            time INTEGER NOT NULL,
            alarm BLOB NOT NULL,
            stored_at INTEGER NOT NULL);
        CREATE INDEX alarm_history_metric ON alarm_history (metric, seq);
        CREATE INDEX alarm_history_rule ON alarm_history (rule_id, seq);
        CREATE INDEX alarm_history_stored ON alarm_history (stored_at);
        CREATE TABLE delivery (
            alarm_id TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            started INTEGER NOT NULL,
            ended INTEGER,
            outcome TEXT NOT NULL,
            answer TEXT NOT NULL,
            ambiguous INTEGER NOT NULL,
            PRIMARY KEY (alarm_id, attempt)) WITHOUT ROWID;
        CREATE INDEX delivery_started ON delivery (started);
        CREATE TABLE due_row (
            entity TEXT NOT NULL,
            reader_group TEXT NOT NULL,
            topic TEXT NOT NULL,
            incarnation INTEGER NOT NULL,
            partition INTEGER NOT NULL,
            series TEXT NOT NULL,
            last_offset INTEGER NOT NULL,
            due INTEGER NOT NULL,
            PRIMARY KEY (reader_group, topic, incarnation, partition, entity, series)) WITHOUT ROWID;
        CREATE INDEX due_row_due ON due_row (reader_group, topic, incarnation, partition, due);
        CREATE TABLE dead_letter (
            seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            reason TEXT NOT NULL,
            source TEXT NOT NULL,
            time INTEGER NOT NULL,
            detail TEXT NOT NULL,
            excerpt TEXT NOT NULL,
            stored_at INTEGER NOT NULL);
        CREATE INDEX dead_letter_stored ON dead_letter (stored_at);
        CREATE TABLE dead_letter_beyond (hash INTEGER NOT NULL PRIMARY KEY, stored_at INTEGER NOT NULL);
        CREATE INDEX dead_letter_beyond_stored ON dead_letter_beyond (stored_at);
        CREATE TABLE dead_letter_minute (reason TEXT NOT NULL, minute INTEGER NOT NULL, stored INTEGER NOT NULL, PRIMARY KEY (reason, minute)) WITHOUT ROWID;
        CREATE TABLE dead_letter_count (reason TEXT NOT NULL PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;

        """ + Fence + ";\n" + Results;
}
