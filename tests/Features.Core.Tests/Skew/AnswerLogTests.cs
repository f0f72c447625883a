using Features.Core.Online;
using Features.Core.Skew;
using Microsoft.Extensions.Time.Testing;

namespace Features.Core.Tests.Skew;

public sealed class AnswerLogTests : IDisposable
{
    private static readonly AnswerLogOptions Everything = new() { Share = 1 };
    private readonly DirectoryInfo parent = Directory.CreateTempSubdirectory("answers-");
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private string Folder => Path.Combine(parent.FullName, "answers");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => parent.Delete(recursive: true);

    [Fact]
    public async Task Offer_OfEverything_IsReadBackWhole()
    {
        await using (var log = new AnswerLog(Folder, Everything, clock))
        {
            Assert.True(Offer(log, rows: 3, first: 7, service: "shop"));
        }

        var answer = Assert.Single(await ReadAsync());
        Assert.Equal(("shop", 3, FeatureValue.Of(clock.GetUtcNow()).AsMicros()), (answer.Service, answer.Rows, answer.AnsweredMicros));
        Assert.Equal([7, 8, 9], answer.Entities["id"].Select(v => v.AsInteger()));
        var feature = Assert.Single(answer.Features);
        Assert.Equal(("x", "v:x"), (feature.Name, feature.Reference));
        Assert.Equal([70, 80, 90], feature.Values.Select(v => v.AsInteger()));
    }

    [Fact]
    public async Task Offer_OfAShare_TakesAboutThatManyRowsAndTheSameForTheSameSeed()
    {
        var taken = new List<long[]>();
        foreach (var seed in new ulong[] { 1, 1, 2 })
        {
            var folder = Path.Combine(Folder, $"{taken.Count}");
            await using (var log = new AnswerLog(folder, Everything with { Share = 0.2, Seed = seed }, clock))
            {
                for (var i = 0; i < 100; i++)
                {
                    Offer(log, rows: 50, first: i * 50);
                }
            }

            taken.Add([.. (await ReadAsync(folder)).SelectMany(a => a.Entities["id"]).Select(v => v.AsInteger())]);
        }

        Assert.InRange(taken[0].Length, 850, 1_150);
        Assert.Equal(taken[0], taken[1]);
        Assert.NotEqual(taken[0], taken[2]);
    }

    [Fact]
    public async Task Offer_OfNothing_MakesNoFile()
    {
        await using (var log = new AnswerLog(Folder, new AnswerLogOptions(), clock))
        {
            Assert.False(Offer(log, rows: 10));
            Assert.Equal(new AnswerLogCounts(10, 0, 0, null), log.Counts);
        }

        Assert.False(Directory.Exists(Folder));
    }

    [Fact]
    public async Task Files_OfASize_AreFollowedByOthers_AndTheOldestGo()
    {
        var options = Everything with { MaxFileBytes = 2_000, MaxTotalBytes = 8_000 };
        await using (var log = new AnswerLog(Folder, options, clock))
        {
            for (var i = 0; i < 200; i++)
            {
                Offer(log, rows: 1, first: i);
                clock.Advance(TimeSpan.FromMilliseconds(1));
                await log.FlushAsync(Token);
            }

            Assert.Equal(200, log.Counts.Written);
        }

        var files = new DirectoryInfo(Folder).GetFiles();
        Assert.InRange(files.Length, 3, 5);
        Assert.All(files, f => Assert.InRange(f.Length, 1, options.MaxFileBytes));
        Assert.InRange(files.Sum(f => f.Length), 4_000, options.MaxTotalBytes);

        // What is left is the newest, without a gap.
        var kept = (await ReadAsync()).Select(a => a.Entities["id"][0].AsInteger()).ToList();
        Assert.Equal(Enumerable.Range(200 - kept.Count, kept.Count).Select(i => (long)i), kept);
    }

    [Fact]
    public async Task Files_OfAnAge_AreFollowedByOthers()
    {
        await using (var log = new AnswerLog(Folder, Everything with { MaxFileAge = TimeSpan.FromMinutes(10) }, clock))
        {
            foreach (var minutes in new[] { 0, 5, 4, 1, 20 })
            {
                clock.Advance(TimeSpan.FromMinutes(minutes));
                Offer(log, rows: 1);
                await log.FlushAsync(Token);
            }
        }

        Assert.Equal([3, 1, 1], AnswerFiles.In(Folder).Select(f => File.ReadAllLines(f).Length));
    }

    [Fact]
    public async Task Read_WhatAKilledProcessLeft_SkipsHalfALineAtTheEndOnly()
    {
        await using (var log = new AnswerLog(Folder, Everything, clock))
        {
            Offer(log, rows: 1, first: 1);
            Offer(log, rows: 1, first: 2);
        }

        var path = Assert.Single(AnswerFiles.In(Folder));
        var lines = await File.ReadAllLinesAsync(path, Token);
        await File.WriteAllTextAsync(path, $"{lines[0]}\n{{\"version\":1,\"at\n{lines[1]}\n{lines[0][..^5]}", Token);
        clock.Advance(TimeSpan.FromSeconds(1));
        await using (var log = new AnswerLog(Folder, Everything, clock))
        {
            Offer(log, rows: 1, first: 3);
        }

        var reader = new AnswerReader(Folder);
        Assert.Equal([1, 2, 3], await reader.ReadAsync(Token).Select(a => a.Entities["id"][0].AsInteger()).ToListAsync(Token));
        Assert.Equal(1, reader.Unreadable);
    }

    [Fact]
    public async Task Offer_FromManyThreads_WritesEachRowOnce()
    {
        const int threads = 8, answers = 200, rows = 5;
        await using (var log = new AnswerLog(Folder, Everything, clock))
        {
            await Task.WhenAll(Enumerable.Range(0, threads).Select(t => Task.Run(
                () =>
                {
                    for (var i = 0; i < answers; i++)
                    {
                        Offer(log, rows, first: ((t * answers) + i) * rows);
                    }
                },
                Token)));
            await log.FlushAsync(Token);
            Assert.Equal(new AnswerLogCounts(threads * answers * rows, threads * answers * rows, 0, null), log.Counts);
        }

        var ids = (await ReadAsync()).SelectMany(a => a.Entities["id"]).Select(v => v.AsInteger()).Order().ToList();
        Assert.Equal(Enumerable.Range(0, threads * answers * rows).Select(i => (long)i), ids);
    }

    [Fact]
    public async Task Offer_OfMoreThanMayWait_IsLostAndCounted()
    {
        await using var log = new AnswerLog(Folder, Everything with { MaxWaitingValues = 10 }, clock);
        Assert.False(Offer(log, rows: 6));
        Assert.True(Offer(log, rows: 5));
        await log.FlushAsync(Token);
        Assert.True(Offer(log, rows: 5));
        await log.FlushAsync(Token);
        Assert.Equal(new AnswerLogCounts(16, 10, 6, null), log.Counts);
    }

    [Fact]
    public async Task Offer_WhereNothingCanBeWritten_IsLostAndCounted_AndGoesOnWhenItCan()
    {
        await File.WriteAllTextAsync(Folder, "a file in the folder's place", Token);
        await using (var log = new AnswerLog(Folder, Everything, clock))
        {
            Assert.True(Offer(log, rows: 2));
            await log.FlushAsync(Token);
            Assert.Equal((2, 0, 2), (log.Counts.Offered, log.Counts.Written, log.Counts.Dropped));
            Assert.NotNull(log.Counts.LastFault);

            File.Delete(Folder);
            Offer(log, rows: 1);
            await log.FlushAsync(Token);
            Assert.Equal((0, 3), (log.Counts.Written, log.Counts.Dropped));

            clock.Advance(TimeSpan.FromSeconds(11));
            Offer(log, rows: 4);
            await log.FlushAsync(Token);
            Assert.Equal((4, 3), (log.Counts.Written, log.Counts.Dropped));
        }

        Assert.Equal(4, (await ReadAsync()).Sum(a => a.Rows));
    }

    [Fact]
    public async Task Offer_OfAnAnswerWithoutFeatures_IsNotKept()
    {
        await using var log = new AnswerLog(Folder, Everything, clock);
        var (request, answer) = Answers.Counting(2);
        Assert.False(log.Offer(request, answer with { Columns = [answer.Columns[0]] }));
    }

    private static bool Offer(AnswerLog log, int rows, long first = 0, string? service = null)
    {
        var (request, answer) = Answers.Counting(rows, first, service);
        return log.Offer(request, answer);
    }

    private async Task<List<LoggedAnswer>> ReadAsync(string? folder = null) => await new AnswerReader(folder ?? Folder).ReadAsync(Token).ToListAsync(Token);
}
