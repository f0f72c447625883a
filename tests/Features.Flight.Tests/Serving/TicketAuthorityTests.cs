using Features.Flight.Serving;
using Features.Ordering;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Serving;

public class TicketAuthorityTests
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TicketKey older = new("2025", Enumerable.Repeat((byte)1, 32).ToArray());
    private readonly TicketKey newer = new("2026", Enumerable.Repeat((byte)2, 32).ToArray());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_OwnTicket_GivesItsClaims(bool hasColumns)
    {
        var tickets = Authority(newer);
        var claims = Claims(tickets) with { Columns = hasColumns ? ["a", "b"] : null };

        var opened = tickets.Open(tickets.Sign(claims), "ada");

        Assert.Equal(claims with { Columns = null }, opened with { Columns = null });
        Assert.Equal(claims.Columns, opened.Columns);
        Assert.True(tickets.Sign(claims).Length < 1024);
    }

    [Fact]
    public void Open_ChangedAnywhere_IsRefused()
    {
        var tickets = Authority(newer);
        var ticket = tickets.Sign(Claims(tickets));
        var refusals = new List<StatusCode>();
        for (var i = 0; i < ticket.Length; i++)
        {
            var forged = (byte[])ticket.Clone();
            forged[i] = (byte)(forged[i] == 'A' ? 'B' : 'A');
            refusals.Add(Refusal(tickets, forged));
        }

        Assert.All(refusals, status => Assert.Contains(status, new[] { StatusCode.Unauthenticated, StatusCode.InvalidArgument }));
        Assert.True(refusals.Count(status => status == StatusCode.Unauthenticated) > ticket.Length - 5);
    }

    [Fact]
    public void Open_CutOff_IsNeverAccepted()
    {
        var tickets = Authority(newer);
        var ticket = tickets.Sign(Claims(tickets));
        for (var length = 0; length < ticket.Length; length++)
        {
            Assert.Equal(StatusCode.InvalidArgument, Refusal(tickets, ticket[..length]));
        }
    }

    [Fact]
    public void Open_AnyBytes_IsRefusedAsMalformedOrUnproven()
    {
        var tickets = Authority(newer);
        Gen.Byte.Array[0, 200].Sample(bytes => Refusal(tickets, bytes) is StatusCode.InvalidArgument or StatusCode.Unauthenticated, iter: 500);
        Assert.Equal(StatusCode.InvalidArgument, Refusal(tickets, new byte[1 << 20]));
    }

    [Fact]
    public void Open_AtItsEndOrBeforeItsBegin_IsRefused()
    {
        var tickets = Authority(newer);
        var ticket = tickets.Sign(Claims(tickets));

        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal("ada", tickets.Open(ticket, "ada").Subject);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(StatusCode.FailedPrecondition, Refusal(tickets, ticket));

        var early = tickets.Sign(Claims(tickets) with { NotBefore = tickets.Now.AddMinutes(1), Expires = tickets.Now.AddMinutes(9) });
        Assert.Equal(StatusCode.FailedPrecondition, Refusal(tickets, early));
    }

    [Fact]
    public void Open_AnothersTicket_IsDenied()
    {
        var tickets = Authority(newer);
        var error = Assert.Throws<RpcException>(() => tickets.Open(tickets.Sign(Claims(tickets)), "eve"));
        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
        Assert.DoesNotContain("ada", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AfterKeyRotation_HoldsWhileTheOldKeyIsKnown()
    {
        var ticket = Authority(older).Sign(Claims(Authority(older)));

        Assert.Equal("2025", Authority(newer, older).Open(ticket, "ada").KeyId);
        Assert.Equal("2026", Authority(newer, older).SigningKeyId);
        Assert.Equal(StatusCode.Unauthenticated, Refusal(Authority(newer), ticket));
        Assert.Equal(StatusCode.Unauthenticated, Refusal(Authority(), ticket));
    }

    private static StatusCode Refusal(TicketAuthority tickets, byte[] ticket) => Assert.Throws<RpcException>(() => tickets.Open(ticket, "ada")).StatusCode;

    private static TicketClaims Claims(TicketAuthority tickets) => new()
    {
        KeyId = tickets.SigningKeyId,
        Id = tickets.NewId(),
        Subject = "ada",
        Dataset = "delays",
        Order = new Order("sha256:00", 100, OrderMode.Global, 42),
        Epoch = 1,
        Position = 40,
        Delivery = new Delivery(10, 2, 1, Tail.Drop),
        Columns = null,
        NotBefore = tickets.Now,
        Expires = tickets.Now.AddHours(1),
    };

    private TicketAuthority Authority(params TicketKey[] keys) => new(new FlightOptions { TicketKeys = keys }, clock);
}
