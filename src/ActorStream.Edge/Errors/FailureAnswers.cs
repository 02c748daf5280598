using ActorStream.Edge.Ingest;
using ActorStream.Storage.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ActorStream.Edge.Errors;

/// <summary>Outermost: turns what a route threw into its answer. The one table from failure to status.</summary>
internal sealed class FailureAnswers(RequestDelegate next, ILogger<FailureAnswers> log)
{
    private const int StorageFullRetrySeconds = 30;
    private const int UnavailableRetrySeconds = 1;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentType: null } silent)
                await Problem.WriteAsync(context, silent.StatusCode, $"The request was refused with {silent.StatusCode}; the routes are described at /docs of the edge.");
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to be answered; what was stored is stored.
            context.Abort();
        }
        catch (Exception e)
        {
            // A process edge: whatever it is, the client gets a problem document or a closed connection, never a stack trace.
            await AnswerAsync(context, e);
        }
    }

    private Task AnswerAsync(HttpContext context, Exception failure)
    {
        if (context.Response.HasStarted)
        {
            log.LogError(failure, "{Method} {Path} failed after its answer had begun", context.Request.Method, context.Request.Path);
            return Abort(context);
        }
        context.Response.Clear();
        return failure switch
        {
            StorageFullException => Problem.WriteUnavailableAsync(context, failure.Message, StorageFullRetrySeconds),
            StorageUnavailableException => Problem.WriteUnavailableAsync(context, failure.Message, UnavailableRetrySeconds),
            SenderReusedException => IdempotencyKey.RefuseReusedAsync(context),
            OutcomeUnknownException => OutcomeUnknown(context, failure),
            TimeoutException or OperationCanceledException when HttpMethods.IsGet(context.Request.Method) => Problem.WriteUnavailableAsync(context, "The cluster did not answer in time; ask again.", UnavailableRetrySeconds),
            TimeoutException or OperationCanceledException => OutcomeUnknown(context, failure),
            // What a backend cannot do for anybody, e.g. an Idempotency-Key where samples go to Kafka; the sentence holds the remedy.
            NotSupportedException => Problem.WriteAsync(context, StatusCodes.Status501NotImplemented, failure.Message),
            BadHttpRequestException bad => Problem.WriteAsync(context, bad.StatusCode, bad.Message),
            _ => Unexpected(context, failure),
        };
    }

    // Neither "done" nor "not done" would be true: the client sees a lost connection and decides as after any other lost answer.
    private Task OutcomeUnknown(HttpContext context, Exception failure)
    {
        log.LogWarning(failure, "{Method} {Path}: nobody knows whether it was stored; the connection is closed without an answer", context.Request.Method, context.Request.Path);
        return Abort(context);
    }

    private Task Unexpected(HttpContext context, Exception failure)
    {
        log.LogError(failure, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
        return Problem.WriteAsync(context, 500, "This is a fault of the server, not of the request; its log says more.");
    }

    private static Task Abort(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }
}
