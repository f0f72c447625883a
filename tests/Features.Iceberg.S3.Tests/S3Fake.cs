using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Features.Iceberg.S3.Tests;

/// <summary>
/// As much of S3 as object stores use, after the published behaviour of the real one: conditional writes (also of multipart completions), ranges, paged listing, multipart uploads with
/// their least part length, errors in XML. Faults are injected. It knows one access key and does not check signatures.
/// </summary>
internal sealed class S3Fake : IAsyncDisposable
{
    public const string AccessKey = "test-key";
    private const int LeastPartBytes = 5 << 20;

    private readonly WebApplication app;
    private readonly ConcurrentDictionary<string, Upload> uploads = new();
    private readonly Lock gate = new();

    private S3Fake(WebApplication app) => this.app = app;

    public string Url { get; private set; } = "";

    public HashSet<string> Buckets { get; } = ["bucket"];

    public ConcurrentDictionary<string, Stored> Objects { get; } = new();

    public int OpenUploads => uploads.Count;

    /// <summary>What was asked for: method, bucket/key?query, and the range if there is one.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public int PageLength { get; set; } = 10;

    /// <summary>False for a look-alike that ignores conditions.</summary>
    public bool KeepsConditions { get; set; } = true;

    /// <summary>Is asked about each request; null for none.</summary>
    public Func<HttpRequest, S3Fault?>? Inject { get; set; }

    public Dictionary<string, string> Properties => new()
    {
        ["s3.endpoint"] = Url,
        ["s3.region"] = "us-east-1",
        ["s3.access-key-id"] = AccessKey,
        ["s3.secret-access-key"] = "test-secret",
    };

    public static async Task<S3Fake> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null).UseUrls("http://127.0.0.1:0");
        var fake = new S3Fake(builder.Build());
        fake.app.Run(fake.AnswerAsync);
        await fake.app.StartAsync();
        fake.Url = fake.app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return fake;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        // The path as it was sent: ASP.NET leaves %2F in it.
        var path = Uri.UnescapeDataString(context.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?')[0])[1..];
        Requests.Enqueue($"{request.Method} {path}{request.QueryString} {request.Headers.Range}".TrimEnd());
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var fault = Inject?.Invoke(request);
        if (fault is { Code: { } code })
        {
            await FailAsync(response, fault.Status, code);
            return;
        }

        var answer = request.Headers.Authorization.ToString() is var signed && !signed.Contains($"Credential={AccessKey}/", StringComparison.Ordinal) ? new Answer(403, "InvalidAccessKeyId")
            : request.Headers["x-amz-content-sha256"].ToString().StartsWith("STREAMING", StringComparison.Ordinal) ? new Answer(501, "NotImplemented")
            : path.Split('/', 2) is [var bucket, ..] && !Buckets.Contains(bucket) ? new Answer(404, "NoSuchBucket")
            : path.IndexOf('/', StringComparison.Ordinal) is var slash && (slash < 0 || slash == path.Length - 1) ? List(path.TrimEnd('/'), request.Query)
            : OfObject(path, request, body.ToArray());
        if (fault is not null)
        {
            // Done, and the answer is lost.
            context.Abort();
            return;
        }

        await SendAsync(request, response, answer);
    }

    private Answer OfObject(string path, HttpRequest request, byte[] body)
    {
        var upload = request.Query["uploadId"].ToString();
        return request.Method switch
        {
            "PUT" when upload.Length > 0 => PutPart(upload, int.Parse(request.Query["partNumber"]!, CultureInfo.InvariantCulture), body),
            "PUT" => Put(path, new Stored(body, MarkOf(request)), request),
            "POST" when upload.Length > 0 => Complete(path, upload, XElement.Parse(System.Text.Encoding.UTF8.GetString(body)), request),
            "POST" => Start(path, request),
            "DELETE" when upload.Length > 0 => uploads.TryRemove(upload, out _) ? new Answer(204) : new Answer(404, "NoSuchUpload"),
            "DELETE" => Delete(path),
            _ => Get(path, request),
        };
    }

    private Answer Delete(string path)
    {
        Objects.TryRemove(path, out _);
        return new Answer(204);
    }

    private Answer Put(string path, Stored stored, HttpRequest request)
    {
        lock (gate)
        {
            if (KeepsConditions && request.Headers.IfNoneMatch == "*" && Objects.ContainsKey(path))
            {
                return new Answer(412, "PreconditionFailed");
            }

            Objects[path] = stored;
            return new Answer(200) { Of = stored };
        }
    }

    private Answer Start(string path, HttpRequest request)
    {
        var id = Guid.NewGuid().ToString("N");
        uploads[id] = new Upload(MarkOf(request));
        return new Answer(200) { Xml = new XElement("InitiateMultipartUploadResult", new XElement("Key", path.Split('/', 2)[1]), new XElement("UploadId", id)) };
    }

    private Answer PutPart(string upload, int number, byte[] body)
    {
        if (!uploads.TryGetValue(upload, out var to))
        {
            return new Answer(404, "NoSuchUpload");
        }

        to.Parts[number] = new Stored(body, null);
        return new Answer(200) { Of = to.Parts[number] };
    }

    private Answer Complete(string path, string upload, XElement named, HttpRequest request)
    {
        if (!uploads.TryGetValue(upload, out var from))
        {
            return new Answer(404, "NoSuchUpload");
        }

        var numbers = named.Descendants().Where(e => e.Name.LocalName == "PartNumber").Select(e => int.Parse(e.Value, CultureInfo.InvariantCulture)).ToList();
        if (numbers.Any(number => !from.Parts.ContainsKey(number)) || !numbers.SequenceEqual(numbers.Order()))
        {
            return new Answer(400, "InvalidPart");
        }

        if (numbers.SkipLast(1).Any(number => from.Parts[number].Bytes.Length < LeastPartBytes))
        {
            return new Answer(400, "EntityTooSmall");
        }

        var answer = Put(path, new Stored([.. numbers.SelectMany(number => from.Parts[number].Bytes)], from.Mark), request);
        if (answer.Status == 200)
        {
            uploads.TryRemove(upload, out _);
            answer = answer with { Xml = new XElement("CompleteMultipartUploadResult", new XElement("ETag", answer.Of!.ETag)) };
        }

        return answer;
    }

    private Answer Get(string path, HttpRequest request)
    {
        if (!Objects.TryGetValue(path, out var stored))
        {
            return new Answer(404, "NoSuchKey");
        }

        if (request.Headers.IfMatch.ToString() is { Length: > 0 } wanted && wanted != stored.ETag)
        {
            return new Answer(412, "PreconditionFailed");
        }

        if (request.Headers.Range.ToString() is not { Length: > 0 } range)
        {
            return new Answer(200) { Of = stored, Start = 0, End = stored.Bytes.Length };
        }

        var parts = range["bytes=".Length..].Split('-');
        var start = parts[0].Length == 0 ? Math.Max(0, stored.Bytes.Length - long.Parse(parts[1], CultureInfo.InvariantCulture)) : long.Parse(parts[0], CultureInfo.InvariantCulture);
        var end = parts[0].Length == 0 || parts[1].Length == 0 ? stored.Bytes.Length : Math.Min(stored.Bytes.Length, long.Parse(parts[1], CultureInfo.InvariantCulture) + 1);
        return start >= stored.Bytes.Length ? new Answer(416, "InvalidRange") : new Answer(206) { Of = stored, Start = (int)start, End = (int)end };
    }

    private Answer List(string bucket, IQueryCollection query)
    {
        var prefix = $"{bucket}/{query["prefix"]}";
        var after = query["continuation-token"].ToString();
        var found = Objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(o.Key, after) > 0).OrderBy(o => o.Key, StringComparer.Ordinal).ToList();
        var page = found.Take(PageLength).ToList();
        return new Answer(200)
        {
            Xml = new XElement(
                "ListBucketResult",
                new XElement("IsTruncated", found.Count > page.Count ? "true" : "false"),
                found.Count > page.Count ? new XElement("NextContinuationToken", page[^1].Key) : null,
                page.Select(o => new XElement(
                    "Contents",
                    new XElement("Key", o.Key[(bucket.Length + 1)..]),
                    new XElement("LastModified", o.Value.Modified.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture)),
                    new XElement("Size", o.Value.Bytes.Length)))),
        };
    }

    private static string? MarkOf(HttpRequest request) => request.Headers["x-amz-meta-features-writer"];

    private static async Task SendAsync(HttpRequest request, HttpResponse response, Answer answer)
    {
        if (answer.Code is { } code)
        {
            await FailAsync(response, answer.Status, code);
            return;
        }

        response.StatusCode = answer.Status;
        if (answer.Of is { } stored)
        {
            response.Headers.ETag = stored.ETag;
            response.Headers.LastModified = stored.Modified.ToString("R", CultureInfo.InvariantCulture);
            if (stored.Mark is { } mark)
            {
                response.Headers["x-amz-meta-features-writer"] = mark;
            }
        }

        if (answer.Xml is { } xml)
        {
            response.ContentType = "application/xml";
            await response.WriteAsync(xml.ToString());
        }
        else if (answer.End is { } end)
        {
            if (answer.Status == 206)
            {
                response.Headers.ContentRange = $"bytes {answer.Start}-{end - 1}/{answer.Of!.Bytes.Length}";
            }

            response.ContentLength = end - answer.Start;
            if (request.Method == "GET")
            {
                await response.Body.WriteAsync(answer.Of!.Bytes.AsMemory(answer.Start, end - answer.Start));
            }
        }
    }

    private static async Task FailAsync(HttpResponse response, int status, string code)
    {
        response.StatusCode = status;
        if (response.HttpContext.Request.Method != "HEAD")
        {
            response.ContentType = "application/xml";
            await response.WriteAsync(new XElement("Error", new XElement("Code", code), new XElement("Message", "as injected or deserved")).ToString());
        }
    }

    /// <summary>An object, and the mark of who wrote it.</summary>
    internal sealed record Stored(byte[] Bytes, string? Mark)
    {
        public string ETag { get; } = $"\"{Convert.ToHexStringLower(SHA256.HashData(Bytes))[..32]}\"";

        public DateTime Modified { get; } = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);
    }

    private sealed record Upload(string? Mark)
    {
        public ConcurrentDictionary<int, Stored> Parts { get; } = new();
    }

    private sealed record Answer(int Status, string? Code = null)
    {
        public Stored? Of { get; init; }

        public XElement? Xml { get; init; }

        public int Start { get; init; }

        public int? End { get; init; }
    }
}

/// <summary>A fault: with a code, it is answered and nothing is done; without, everything is done and the answer is lost.</summary>
internal sealed record S3Fault(int Status = 0, string? Code = null);
