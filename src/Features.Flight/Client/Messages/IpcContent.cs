namespace Features.Flight.Client.Messages;

/// <summary>What an IPC message carries (Message.fbs, MessageHeader).</summary>
internal enum IpcContent : byte
{
    None = 0,
    Schema = 1,
    DictionaryBatch = 2,
    RecordBatch = 3,
}
