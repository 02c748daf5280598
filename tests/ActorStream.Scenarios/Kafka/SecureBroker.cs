using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ActorStream.Scenarios.Support;

namespace ActorStream.Scenarios.Kafka;

/// <summary>A real broker with a listener that asks for TLS and SASL/PLAIN, by a certificate made for this run.</summary>
internal sealed class SecureBroker : IAsyncDisposable
{
    public const string User = "actorstream";
    public const string Password = "right-and-secret";

    private readonly KafkaBroker _broker;
    private readonly string _folder;

    private SecureBroker(KafkaBroker broker, string folder, int port) => (_broker, _folder, Bootstrap) = (broker, folder, $"127.0.0.1:{port}");

    /// <summary>The listener with TLS and SASL.</summary>
    public string Bootstrap { get; }

    /// <summary>What a client has to trust.</summary>
    public string CaPath => Path.Combine(_folder, "ca.pem");

    /// <summary>As <see cref="KafkaBroker.ConsumeAsync"/>, through the listener without security.</summary>
    public Task<IReadOnlyList<string>> ConsumeAsync(string topic, int records) => _broker.ConsumeAsync(topic, records);

    public static async Task<SecureBroker> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("actorstream-tls-").FullName;
        await MakeCertificateAsync(folder);
        if (FreePorts.Take(3) is not [var plain, var controller, var secure])
            throw new InvalidOperationException("There are no free ports.");
        var broker = await KafkaBroker.StartAsync(plain,
        [
            $"listeners=PLAINTEXT://127.0.0.1:{plain},CONTROLLER://127.0.0.1:{controller},SECURE://127.0.0.1:{secure}",
            $"advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SECURE://127.0.0.1:{secure}",
            $"controller.quorum.voters=1@127.0.0.1:{controller}",
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL",
            "sasl.enabled.mechanisms=PLAIN",
            $"listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_{User}=\"{Password}\";",
            "ssl.keystore.type=PEM", $"ssl.keystore.location={Path.Combine(folder, "broker.pem")}",
        ]);
        return new SecureBroker(broker, folder, secure);
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Signed by itself, for the loopback address.</summary>
    private static async Task MakeCertificateAsync(string folder)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=kafka of a test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "broker.pem"), $"{key.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}\n");
    }
}
