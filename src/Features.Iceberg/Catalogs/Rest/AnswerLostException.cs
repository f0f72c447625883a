namespace Features.Iceberg.Catalogs.Rest;

/// <summary>The request was sent and no answer came, or half of one: what it asked for may have been done.</summary>
internal sealed class AnswerLostException(string message, Exception inner) : Exception(message, inner);
