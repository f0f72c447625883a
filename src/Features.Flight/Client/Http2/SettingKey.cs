namespace Features.Flight.Client.Http2;

/// <summary>The settings of RFC 9113, section 6.5.2.</summary>
internal enum SettingKey : ushort
{
    HeaderTableSize = 1,
    EnablePush = 2,
    MaxConcurrentStreams = 3,
    InitialWindowSize = 4,
    MaxFrameSize = 5,
    MaxHeaderListSize = 6,
}
