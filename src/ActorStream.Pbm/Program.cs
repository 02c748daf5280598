using ActorStream.Pbm;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
return await PbmApp.RunAsync(args, Console.Out, Console.Error, environmentToken: Environment.GetEnvironmentVariable(PbmApp.TokenVariable), cancel: stop.Token);
