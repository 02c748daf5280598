using ActorStream.Node.Cli;

return await ActorStreamCommand.RunAsync(args, Console.Out, Console.Error);
