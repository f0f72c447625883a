using Features.Cli;

return await FeaturesCommand.RunAsync(args, CliConsole.ForProcess());
