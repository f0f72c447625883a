using System.Buffers.Text;
using System.Security.Cryptography;
using Features.Flight.Layout;
using Features.Flight.Protocol;
using Features.Flight.Serving;
using Features.Ordering;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Features.Flight.Tests.Serving;

public class TicketAuthorityTests
{
    private static readonly Caller Ada = new("ada", Client: null);

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TicketKey older = new("2025", Enumerable.Repeat((byte)1, 32).ToArray());
    private readonly TicketKey newer = new("2026", Enumerable.Repeat((byte)2, 32).ToArray());

    [Fact]
    public void Open_OwnTicket_GivesItsClaims()
    {
        var tickets = Authority(newer);
        var claims = Claims(tickets);

        Assert.Equal(claims, tickets.Open(tickets.Sign(claims), Ada));
        Assert.True(tickets.Sign(claims).Length < 1024);
    }

    [Theory]
    [InlineData(long.MaxValue, 0)]
    [InlineData(-8570200863586094827, 7)]
    [InlineData(long.MinValue, null)]
    public void Open_TicketOfEveryClaim_GivesThemAll(long snapshot, int? schema)
    {
        var tickets = Authority(newer);
        var columns = new[] { "a", "b" };
        var claims = Claims(tickets) with
        {
            Tenant = "lab",
            Selection = new DatasetSelection("ns.delays", new TableSelection { Snapshot = snapshot, SchemaId = schema }) { Filter = "a > 'é\"'", Columns = columns },
            Tensor = new TensorOptions { Type = TensorType.Float16, Fill = -1.5f, Mask = true },
            Order = new Order("sha256:00", 100, OrderMode.Grouped, 42) { Filter = "(a > 1)", Policy = "sha256:11", Grouping = new Grouping(8, 4, 2) },
            MaxMessageBytes = 1 << 20,
        };

        var opened = tickets.Open(tickets.Sign(claims), Ada with { Tenant = "lab" });

        Assert.Equal(columns, opened.Selection.Columns);
        Assert.Equal(claims, opened with { Selection = opened.Selection with { Columns = columns } });
    }

    [Fact]
    public void Open_AnyDelivery_GivesItBack()
    {
        var tickets = Authority(newer);
        Gen.Select(Gen.Int[1, DatasetRequest.MaxBatch], Gen.Int[1, DatasetRequest.MaxWorld], Gen.Long[0, DatasetRequest.MaxInteger], Gen.Float).Sample(
            (batch, world, epoch, fill) =>
            {
                var claims = Claims(tickets) with { Epoch = epoch, Delivery = new Delivery(batch, world, world - 1, Tail.Pad), Tensor = new TensorOptions { Fill = float.IsFinite(fill) ? fill : float.NaN } };
                return tickets.Open(tickets.Sign(claims), Ada) == claims;
            },
            iter: 200);
    }

    [Fact]
    public void Open_TicketOfAnotherServiceOrTenant_IsRefused()
    {
        var tickets = Authority(newer);
        Assert.Equal(StatusCode.Unauthenticated, Refusal(tickets, tickets.Sign(Claims(tickets) with { Audience = "elsewhere" })));
        Assert.Equal(StatusCode.PermissionDenied, Refusal(tickets, tickets.Sign(Claims(tickets) with { Tenant = "lab" })));
        var error = Assert.Throws<RpcException>(() => tickets.Open(tickets.Sign(Claims(tickets)), Ada with { Tenant = "lab" }));
        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
    }

    [Fact]
    public void Open_TicketOfAnotherVersion_IsStale()
    {
        // As the service before this one signed it, with a key that still holds.
        var payload = Base64Url.EncodeToUtf8("""{"v":1,"kid":"2026","id":"x","sub":"ada","dataset":"delays"}"""u8);
        byte[] ticket = [.. payload, (byte)'.', .. Base64Url.EncodeToUtf8(HMACSHA256.HashData(newer.Secret.Span, payload))];
        Assert.Equal(StatusCode.FailedPrecondition, Refusal(Authority(newer), ticket));
    }

    [Fact]
    public void Sign_ClaimsThatMakeNoTicket_AreRefusedWithWhatToDo()
    {
        var tickets = Authority(newer);
        var error = Assert.Throws<RpcException>(() => tickets.Sign(Claims(tickets) with { Selection = new DatasetSelection("a") { Columns = [.. Enumerable.Range(0, 8000).Select(i => $"column{i}")] } }));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains("fewer columns", error.Status.Detail, StringComparison.Ordinal);
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
    public void Open_AnyBitsFlipped_IsRefused()
    {
        var tickets = Authority(newer);
        var ticket = tickets.Sign(Claims(tickets));
        Gen.Int[0, (ticket.Length * 8) - 1].HashSet[1, 4].Sample(
            bits =>
            {
                var forged = (byte[])ticket.Clone();
                foreach (var bit in bits)
                {
                    forged[bit / 8] ^= (byte)(1 << (bit % 8));
                }

                return Refusal(tickets, forged) is StatusCode.InvalidArgument or StatusCode.Unauthenticated;
            },
            iter: 1000);
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
        Assert.Equal("ada", tickets.Open(ticket, Ada).Subject);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(StatusCode.FailedPrecondition, Refusal(tickets, ticket));

        var early = tickets.Sign(Claims(tickets) with { NotBefore = tickets.Now.AddMinutes(1), Expires = tickets.Now.AddMinutes(9) });
        Assert.Equal(StatusCode.FailedPrecondition, Refusal(tickets, early));
    }

    [Fact]
    public void Open_AnothersTicket_IsDenied()
    {
        var tickets = Authority(newer);
        var error = Assert.Throws<RpcException>(() => tickets.Open(tickets.Sign(Claims(tickets)), new Caller("eve", null)));
        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
        Assert.DoesNotContain("ada", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AfterKeyRotation_HoldsWhileTheOldKeyIsKnown()
    {
        var ticket = Authority(older).Sign(Claims(Authority(older)));

        Assert.Equal("2025", Authority(newer, older).Open(ticket, Ada).KeyId);
        Assert.Equal("2026", Authority(newer, older).SigningKeyId);
        Assert.Equal(StatusCode.Unauthenticated, Refusal(Authority(newer), ticket));
        Assert.Equal(StatusCode.Unauthenticated, Refusal(Authority(), ticket));
    }

    private static StatusCode Refusal(TicketAuthority tickets, byte[] ticket) => Assert.Throws<RpcException>(() => tickets.Open(ticket, Ada)).StatusCode;

    private static TicketClaims Claims(TicketAuthority tickets) => new()
    {
        KeyId = tickets.SigningKeyId,
        Id = tickets.NewId(),
        Subject = "ada",
        Audience = tickets.Audience,
        Selection = new DatasetSelection("delays"),
        Order = new Order("sha256:00", 100, OrderMode.Global, 42),
        Epoch = 1,
        Position = 40,
        Delivery = new Delivery(10, 2, 1, Tail.Drop),
        NotBefore = tickets.Now,
        Expires = tickets.Now.AddHours(1),
    };

    private TicketAuthority Authority(params TicketKey[] keys) => new(new FlightOptions { TicketKeys = keys }, clock);
}
