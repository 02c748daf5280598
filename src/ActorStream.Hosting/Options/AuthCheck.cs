using System.Text;
using static ActorStream.Hosting.Options.SettingsTable;

namespace ActorStream.Hosting.Options;

/// <summary>The settings <c>auth.*</c>: each by itself, then what its mode needs.</summary>
internal sealed class AuthCheck(IReadOnlyDictionary<string, RawSetting> raw, Action<SettingKey, string?> fault)
{
    private const int AudienceLengthMax = 200;

    /// <summary>A key file larger than this is another file.</summary>
    private const int KeyFileBytesMax = 64 << 10;

    /// <summary>Reads the key file, if one is named.</summary>
    public AuthSettings Read()
    {
        var audience = Raw(AuthAudience);
        if (audience.Length is 0 or > AudienceLengthMax)
            fault(AuthAudience, null);
        var key = Key();
        var authority = Authority();
        var mode = Mode();
        if (mode == Options.AuthMode.Hs256 && key is { Length: 0 })
            fault(AuthKey, $"at least {AuthSettings.KeyBytesMin} bytes as {AuthKey.EnvironmentName}, or in a file named with {AuthKeyFile.Flag}, because {SettingsTable.AuthMode.Key} is hs256");
        if (mode == Options.AuthMode.Authority && Raw(AuthAuthority).Length == 0)
            fault(AuthAuthority, $"{AuthAuthority.Allowed}, because {SettingsTable.AuthMode.Key} is authority");
        return new AuthSettings(mode, key ?? [], authority, audience);
    }

    private AuthMode Mode()
    {
        switch (Raw(SettingsTable.AuthMode).ToLowerInvariant())
        {
            case "off" or "false" or "no":
                return Options.AuthMode.Off;
            case "hs256":
                return Options.AuthMode.Hs256;
            case "authority":
                return Options.AuthMode.Authority;
            default:
                fault(SettingsTable.AuthMode, null);
                return Options.AuthMode.Off;
        }
    }

    /// <summary>Empty: none given. Null: a fault.</summary>
    private byte[]? Key()
    {
        var (given, source) = (Raw(AuthKey), raw[AuthKey.Key].Source);
        if (given.Length > 0 && source == AuthKey.Flag)
            return Refuse(AuthKey, $"no key on the command line, where every user of the machine can read it; give it as {AuthKey.EnvironmentName}, or name its file with {AuthKeyFile.Flag}");
        if (given.Length > 0)
            return LongEnough(AuthKey, Encoding.UTF8.GetBytes(given));
        return Raw(AuthKeyFile).Length > 0 ? FromFile(Raw(AuthKeyFile)) : [];
    }

    private byte[]? FromFile(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Length > KeyFileBytesMax)
                return Refuse(AuthKeyFile, $"a file of at most {KeyFileBytesMax} bytes, and this one has {file.Length}");
            // Editors end a file with a newline; it is no part of the key.
            return LongEnough(AuthKeyFile, File.ReadAllBytes(path).AsSpan().TrimEnd("\r\n"u8).ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Refuse(AuthKeyFile, $"{AuthKeyFile.Allowed} ({e.Message.TrimEnd('.')})");
        }
    }

    private byte[]? LongEnough(SettingKey setting, byte[] key)
        => key.Length >= AuthSettings.KeyBytesMin ? key : Refuse(setting, $"{setting.Allowed}, and these are {key.Length}");

    private byte[]? Refuse(SettingKey setting, string allowed)
    {
        fault(setting, allowed);
        return null;
    }

    private Uri? Authority()
    {
        var text = Raw(AuthAuthority);
        if (text.Length == 0)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && SettingValue.IsLoopback(uri.Host))))
            return uri;
        fault(AuthAuthority, null);
        return null;
    }

    private string Raw(SettingKey key) => raw[key.Key].Values[0];
}
