namespace Features.Ordering;

/// <summary>How samples are grouped in mode <see cref="OrderMode.Grouped"/>; part of the order's identity.</summary>
/// <param name="Block">Consecutive samples that stay together until their group is shuffled, from 1.</param>
/// <param name="GroupBlocks">k: blocks of a group, inside which samples are shuffled, from 1.</param>
/// <param name="Lanes">C: lanes among which positions go round, from 1. It does not depend on ranks or nodes.</param>
public sealed record Grouping(int Block, int GroupBlocks, int Lanes);
