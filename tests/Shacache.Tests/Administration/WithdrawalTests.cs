using System.Net;
using System.Text.Json;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Cli.Administration;

/// <summary>What an operator takes away, with and without a running server.</summary>
public sealed class WithdrawalTests : IDisposable
{
    private static readonly byte[] Content = [.. "what should not be here"u8];

    private readonly ContentSite _site = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _site.Dispose();

    [Fact]
    public async Task Remove_AnObject_IsGoneWithWhatNamesIt_AndBackWhenItIsUploadedAgain()
    {
        await _site.StartAsync();
        Digest digest = await _site.UploadAsync(Content);
        Assert.Equal(HttpStatusCode.Created, await _site.PutAsync("a-key", digest));
        Assert.Equal(HttpStatusCode.OK, await _site.GetContentAsync(digest));

        JsonElement removed = await _site.AdminJsonAsync("remove", "--digest", digest.ToString(), "--reason", "a mistake");
        Assert.Equal((1, 1, false), (removed.GetProperty("entries").GetInt32(), removed.GetProperty("objects").GetInt32(), removed.GetProperty("blocked").GetBoolean()));
        Assert.Equal(HttpStatusCode.NotFound, await _site.GetContentAsync(digest));
        Assert.Equal(HttpStatusCode.NotFound, await _site.ListAsync("a-key"));
        Assert.Equal(3, (await _site.AdminAsync("remove", "--digest", Digest.Empty.ToString())).ExitCode);

        await _site.UploadAsync(Content);
        Assert.Equal(HttpStatusCode.OK, await _site.GetContentAsync(digest));
        Assert.Equal(HttpStatusCode.OK, await _site.ListAsync("a-key"));
    }

    [Fact]
    public async Task Remove_EntryAheadOfItsContent_StaysListed()
    {
        await _site.StartAsync();
        Assert.Equal(HttpStatusCode.Created, await _site.PutAsync("ahead", Digest.Compute(Content)));
        Assert.Equal(HttpStatusCode.NotFound, await _site.GetContentAsync(Digest.Compute(Content)));
        Assert.Equal(HttpStatusCode.OK, await _site.ListAsync("ahead"));
    }

    [Fact]
    public async Task RemoveKeyWithContent_TakesWhatOnlyItNames()
    {
        await _site.StartAsync();
        Digest shared = await _site.UploadAsync([1]);
        Digest own = await _site.UploadAsync([2]);
        foreach ((string key, Digest digest) in new[] { ("one", shared), ("one", own), ("two", shared) })
            Assert.Equal(HttpStatusCode.Created, await _site.PutAsync(key, digest));
        JsonElement removed = await _site.AdminJsonAsync("remove", "--key", "one", "--content");
        Assert.Equal((2, 1), (removed.GetProperty("entries").GetInt32(), removed.GetProperty("objects").GetInt32()));
        Assert.Equal(HttpStatusCode.NotFound, await _site.ListAsync("one"));
        Assert.Equal(HttpStatusCode.NotFound, await _site.GetContentAsync(own));
        Assert.Equal(HttpStatusCode.OK, await _site.GetContentAsync(shared));
        Assert.Equal(HttpStatusCode.OK, await _site.ListAsync("two"));
    }

    [Fact]
    public async Task RemoveBlock_DuringReadersAndWriters_Is404FromThenOn_AlsoWithAnUpstreamAndAfterARestart()
    {
        using var upstream = new ContentSite();
        await upstream.StartAsync();
        await upstream.UploadAsync(Content);
        string[] settings = ["--upstream", upstream.At("/shacache").AbsoluteUri, upstream.At("/shadir").AbsoluteUri];
        await _site.StartAsync(settings);
        Digest digest = Digest.Compute(Content);
        Assert.Equal(HttpStatusCode.OK, await _site.GetContentAsync(digest));

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        bool isBlocked = false;
        int answers = 0;
        Task[] clients = [.. Enumerable.Range(0, 8).Select(number => Task.Run(() => AskAsync(number % 2 == 0), Token))];
        await Eventually.IsTrueAsync(() => Task.FromResult(Volatile.Read(ref answers) > 20));
        await _site.AdminJsonAsync("remove", "--digest", digest.ToString(), "--block", "--reason", "a private key");
        Volatile.Write(ref isBlocked, true);
        int before = Volatile.Read(ref answers);
        await Eventually.IsTrueAsync(() => Task.FromResult(Volatile.Read(ref answers) > before + 40));
        await stop.CancelAsync();
        await Task.WhenAll(clients);

        await _site.StopAsync();
        Assert.False(File.Exists(Path.Combine(_site.Data, "blobs", digest.ToString()[..2], digest.ToString())));
        await _site.StartAsync(settings);
        await AssertBlockedAsync(digest);
        Assert.Equal(HttpStatusCode.Forbidden, await _site.PutAsync("any", digest));

        (await _site.AdminAsync("unblock", "--digest", digest.ToString())).AssertDone();
        Assert.Equal(HttpStatusCode.OK, await _site.GetContentAsync(digest));

        async Task AskAsync(bool reads)
        {
            while (!stop.IsCancellationRequested)
            {
                // Seen before the request is sent: what is sent afterwards must be refused.
                bool mustBeRefused = Volatile.Read(ref isBlocked);
                HttpStatusCode status = reads ? await _site.GetContentAsync(digest) : (await _site.TryUploadAsync(Content)).Status;
                HttpStatusCode refused = reads ? HttpStatusCode.NotFound : HttpStatusCode.Forbidden;
                Assert.True(status == refused || (!mustBeRefused && status is HttpStatusCode.OK or HttpStatusCode.Created), $"{status}, although it is blocked: {mustBeRefused}");
                Interlocked.Increment(ref answers);
            }
        }
    }

    [Fact]
    public async Task BlockKey_NeitherListedNorTaken_UntilUnblocked()
    {
        await _site.StartAsync();
        Digest digest = await _site.UploadAsync(Content);
        Assert.Equal(HttpStatusCode.Created, await _site.PutAsync("bad=key é", digest));
        (await _site.AdminAsync("block", "--key", "bad=key é", "--reason", "malware")).AssertDone();
        Assert.Equal(HttpStatusCode.NotFound, await _site.ListAsync("bad=key é"));
        Assert.Equal(HttpStatusCode.Forbidden, await _site.PutAsync("bad=key é", digest));
        Assert.DoesNotContain("bad", await _site.ReadAsync("/mirror/keys?prefix="), StringComparison.Ordinal);
        Assert.Matches("key bad=key é +\\(operator\\) +malware", (await _site.AdminAsync("blocked")).AssertDone().Text);
        (await _site.AdminAsync("unblock", "--key", "bad=key é")).AssertDone();
        Assert.Equal(3, (await _site.AdminAsync("unblock", "--key", "bad=key é")).ExitCode);
        Assert.Equal(HttpStatusCode.OK, await _site.ListAsync("bad=key é"));
    }

    [Fact]
    public async Task NoServerRuns_TheCommandsWorkOnTheFolder_AndAreRecordedWithoutAccounts()
    {
        await _site.StartAsync();
        Digest digest = await _site.UploadAsync(Content);
        await _site.StopAsync();
        (await _site.AdminAsync("pin", "--digest", digest.ToString(), "--until", "30d", "--reason", "release")).AssertDone();
        Assert.Contains(digest.ToString(), (await _site.AdminAsync("pins")).AssertDone().Text, StringComparison.Ordinal);
        await _site.AdminJsonAsync("remove", "--digest", digest.ToString(), "--block");
        await _site.StartAsync();
        await AssertBlockedAsync(digest);

        JsonElement blocked = (await _site.AdminJsonAsync("blocked")).GetProperty("rules")[0];
        Assert.Equal((digest.ToString(), "(operator)"), (blocked.GetProperty("sha512").GetString(), blocked.GetProperty("actor").GetString()));
        string log = (await Running.ShacacheProgram.RunAsync(_site.Folder, "account", "log", "--data", "data")).AssertDone().Text;
        Assert.Matches($"\\(operator\\) +remove +{digest.ToString()[..8]}", log);
        Assert.Matches("\\(operator\\) +pin ", log);
    }

    [Theory]
    [InlineData(2, "say what is meant: --digest DIGEST or --key KEY, one of them.", "pin")]
    [InlineData(2, "--digest: that is no SHA-512, which has 128 hexadecimal digits.", "pin", "--digest", "abc")]
    [InlineData(2, "--until: 2020-01-01 has passed.", "pin", "--key", "k", "--until", "2020-01-01")]
    [InlineData(2, "say what to remove: --digest DIGEST, --key KEY, or both for the entries of the key that name the object.", "remove")]
    [InlineData(2, "--content is for the entries of a key (--key).", "remove", "--digest", "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e", "--content")]
    public async Task Check_WhatMakesNoSense_IsRefusedInOneLine(int exitCode, string message, params string[] arguments)
    {
        Running.ProgramResult result = await _site.AdminAsync(arguments);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith($"shacache: {message}", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Update_WithoutUpstreams_DropsEntriesWhoseContentIsMissing()
    {
        await _site.StartAsync();
        Digest digest = await _site.UploadAsync(Content);
        await _site.PutAsync("there", digest);
        await _site.PutAsync("missing", Digest.Compute([7]));
        await _site.PutAsync("missing", Digest.Compute([8]));
        using JsonDocument done = JsonDocument.Parse(await _site.PostAsync("/shacache/update"));
        Assert.Equal(["missing"], done.RootElement.GetProperty("removed").EnumerateArray().Select(key => key.GetString()));
        Assert.Equal(HttpStatusCode.NotFound, await _site.ListAsync("missing"));
        Assert.Equal(HttpStatusCode.OK, await _site.ListAsync("there"));
    }

    private async Task AssertBlockedAsync(Digest digest)
    {
        Assert.Equal(HttpStatusCode.NotFound, await _site.GetContentAsync(digest));
        (HttpStatusCode status, string text) = await _site.TryUploadAsync(Content);
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.StartsWith("The operator of this server blocked this content", text, StringComparison.Ordinal);
    }
}
