namespace ActorStream.Storage.Postgres;

/// <summary>Deletes in small transactions, so that nobody waits long for the rows.</summary>
internal static class PostgresRetention
{
    private const int DeletedPerTransaction = 5000;

    /// <param name="sql">$1: epoch milliseconds; $2: rows at most; $3: what else it is told.</param>
    public static async Task<long> DeleteAsync(PostgresDatabase database, string sql, long beforeMs, CancellationToken cancel, params object[] more)
    {
        var total = 0L;
        int deleted;
        do
        {
            deleted = await database.WriteAsync(connection => connection.RunAsync(sql, [beforeMs, DeletedPerTransaction, .. more]), cancel).ConfigureAwait(false);
            total += deleted;
        }
        while (deleted == DeletedPerTransaction);
        return total;
    }
}
