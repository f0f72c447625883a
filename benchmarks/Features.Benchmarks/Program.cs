using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Features.Benchmarks.Flight;
using Features.Benchmarks.Flight.EpochCost;
using Features.Benchmarks.OnlineLoad;

if (args is [LoadCommand.Name, .. var options])
{
    return await LoadCommand.RunAsync(options);
}

if (args is [ServeCommand.Name, .. var serve])
{
    return await ServeCommand.RunAsync(serve);
}

if (args is [LoadBenchmarks.Name, .. var load])
{
    return await LoadBenchmarks.RunAsync(load);
}

if (args is [GatherCommand.Name, .. var gather])
{
    return GatherCommand.Run(gather);
}

if (args is [EpochCostCommand.Name, .. var epochCost])
{
    return await EpochCostCommand.RunAsync(epochCost);
}

if (args is [SpeedCommand.Name, .. var speed])
{
    return await SpeedCommand.RunAsync(speed);
}

if (args is [RawCommand.Name])
{
    return await RawCommand.RunAsync();
}

// In process: a generated project would inherit this repository's settings, lock files and warnings as errors.
var config = DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(new InProcessEmitToolchain(TimeSpan.FromMinutes(10), logOutput: false)));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
return 0;
