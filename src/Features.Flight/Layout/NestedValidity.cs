using Apache.Arrow;

namespace Features.Flight.Layout;

/// <summary>
/// A child's slots under a null of its parent hold anything, by Arrow's rules. Here they become null themselves, so that what was masked as a whole is
/// not kept in its parts.
/// </summary>
internal static class NestedValidity
{
    /// <summary>The child, null wherever its parent is; the child as it is if that holds already.</summary>
    /// <param name="parent">The parent.</param>
    /// <param name="child">Its child, cut to the parent's slots.</param>
    /// <param name="size">The child's slots for each of the parent's.</param>
    public static unsafe ArrayData Under(ArrayData parent, ArrayData child, int size)
    {
        if (parent.Buffers[0].IsEmpty || parent.GetNullCount() == 0)
        {
            return child;
        }

        fixed (byte* outer = parent.Buffers[0].Span, inner = child.Buffers[0].Span)
        {
            if (!HoldsValues(outer, parent, inner, child, size))
            {
                return child;
            }

            // At the child's own offset, so that all of its buffers keep it.
            var bits = new byte[Bits.BytesFor(child.Offset + child.Length)];
            fixed (byte* target = bits)
            {
                Bits.Copy(inner, child.Offset, target, child.Offset, child.Length);
                for (var row = 0; row < parent.Length; row++)
                {
                    if (!Bits.IsSet(outer, (long)parent.Offset + row))
                    {
                        Clear(target, (long)child.Offset + ((long)row * size), size);
                    }
                }
            }

            // The bits before the first are zero.
            var nulls = child.Length - Bits.Count(bits);
            return new ArrayData(child.DataType, child.Length, nulls, child.Offset, [new ArrowBuffer(bits), .. child.Buffers.Skip(1)], child.Children, child.Dictionary);
        }
    }

    /// <summary>The child without nulls, if it has none but under those of its parent; else the child as it is.</summary>
    /// <param name="parent">The parent.</param>
    /// <param name="child">Its child, cut to the parent's slots.</param>
    /// <param name="size">The child's slots for each of the parent's.</param>
    public static unsafe ArrayData WithoutOwn(ArrayData parent, ArrayData child, int size)
    {
        if (parent.Buffers[0].IsEmpty || child.Buffers[0].IsEmpty)
        {
            return child;
        }

        fixed (byte* outer = parent.Buffers[0].Span, inner = child.Buffers[0].Span)
        {
            for (var slot = 0; slot < child.Length; slot++)
            {
                if (!Bits.IsSet(inner, (long)child.Offset + slot) && Bits.IsSet(outer, (long)parent.Offset + (slot / size)))
                {
                    return child;
                }
            }
        }

        return new ArrayData(child.DataType, child.Length, 0, child.Offset, [ArrowBuffer.Empty, .. child.Buffers.Skip(1)], child.Children, child.Dictionary);
    }

    private static unsafe bool HoldsValues(byte* outer, ArrayData parent, byte* inner, ArrayData child, int size)
    {
        for (var row = 0; row < parent.Length; row++)
        {
            if (Bits.IsSet(outer, (long)parent.Offset + row))
            {
                continue;
            }

            for (var slot = 0; slot < size; slot++)
            {
                if (inner is null || Bits.IsSet(inner, child.Offset + ((long)row * size) + slot))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static unsafe void Clear(byte* bits, long first, int count)
    {
        for (var at = first; at < first + count; at++)
        {
            bits[at >> 3] &= (byte)~(1 << (int)(at & 7));
        }
    }
}
