namespace ActorStream.Storage.Contracts;

/// <summary>The disk, or the configured bound of the database file, is full. Nothing of the call was stored; it may be repeated.</summary>
public sealed class StorageFullException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The database could not be reached or was busy for too long. Nothing of the call was stored; it may be repeated.</summary>
public sealed class StorageUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The commit was sent and its answer lost.</summary>
public sealed class OutcomeUnknownException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The data folder belongs to another cluster, or its schema is newer than this program, or the journal's fence is missing. The node must not start.</summary>
public sealed class StorageRefusedException(string message) : Exception(message);

/// <summary>A sender that appends once has appended something else before. Nothing of the call was stored.</summary>
public sealed class SenderReusedException(string message) : Exception(message);
