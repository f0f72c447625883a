using CsCheck;
using Features.Flight.Cache;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Cache;

public class LeaseBookTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    private enum Act
    {
        Hold,
        Renew,
        Release,
        Wait,
    }

    [Fact]
    public void Lease_AnyHistory_HoldsAsADictionaryOfEndsDoes()
    {
        var step = Gen.Select(Gen.Enum<Act>(), Gen.Int[0, 4], Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 20]);
        step.List[0, 60].Sample(
            steps =>
            {
                var clock = new FakeTimeProvider(Start);
                var book = new LeaseBook(clock);
                var model = new Dictionary<string, (string Key, string Tenant, DateTimeOffset Expires)>();
                foreach (var (act, id, key, tenant, seconds) in steps)
                {
                    var (lease, now) = ($"lease{id}", clock.GetUtcNow());
                    var expires = seconds == 20 ? DateTimeOffset.MaxValue : now.AddSeconds(seconds - 1);
                    var isThere = model.TryGetValue(lease, out var held) && held.Expires > now;
                    switch (act)
                    {
                        case Act.Hold:
                            book.Hold(lease, $"key{key}", $"tenant{tenant}", expires);
                            model[lease] = ($"key{key}", $"tenant{tenant}", expires);
                            break;
                        case Act.Renew:
                            if (book.Renew(lease, expires) != isThere)
                            {
                                return false;
                            }

                            model[lease] = isThere ? held with { Expires = expires } : default;
                            break;
                        case Act.Release:
                            if (book.Release(lease) != isThere)
                            {
                                return false;
                            }

                            model.Remove(lease);
                            break;
                        default:
                            clock.Advance(TimeSpan.FromSeconds(seconds));
                            break;
                    }

                    var live = model.Values.Where(entry => entry.Expires > clock.GetUtcNow()).ToList();
                    if (book.Count != live.Count)
                    {
                        return false;
                    }

                    foreach (var name in new[] { "key0", "key1", "key2" })
                    {
                        var ends = live.Where(entry => entry.Key == name).ToList();
                        DateTimeOffset? until = ends.Count == 0 ? null : ends.Max(entry => entry.Expires);
                        if (book.IsHeld(name) != ends.Count > 0 || book.HeldUntil(name) != until
                            || book.IsHeldBy(name, "tenant1") != ends.Any(entry => entry.Tenant == "tenant1"))
                        {
                            return false;
                        }
                    }
                }

                return true;
            },
            iter: 2000);
    }

    [Fact]
    public void Lease_RenewedOften_StandsInTheQueueOnce()
    {
        var clock = new FakeTimeProvider(Start);
        var book = new LeaseBook(clock);
        book.Hold("a", "key", "tenant", Start.AddSeconds(10));
        for (var i = 0; i < 1000; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(5));
            Assert.True(book.Renew("a", clock.GetUtcNow().AddSeconds(10)));
            Assert.True(book.QueueLength <= 1);
        }

        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal((0, 0), (book.Count, book.QueueLength));
    }
}
