"""Arrow columns as arrays and tensors, without a copy wherever the memory allows."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from .errors import ColumnError

_FIXED = {
    "halffloat": "float16", "float": "float32", "double": "float64",
    "int8": "int8", "int16": "int16", "int32": "int32", "int64": "int64",
    "uint8": "uint8", "uint16": "uint16", "uint32": "uint32", "uint64": "uint64",
    "date32[day]": "int32", "date64[ms]": "int64",
}  # fmt: skip
_MOMENTS = {"timestamp": "int64", "time64": "int64", "duration": "int64", "time32": "int32"}
# Torch has no arithmetic for the wider unsigned integers.
_SIGNED = {"uint16": "int32", "uint32": "int64", "uint64": "int64"}

Fill = Mapping[str, Any] | int | float | bool | None


class Columns:
    """Turns the batches of a step into a dict of columns.

    :param output: ``torch``, ``numpy``, or ``arrow`` for Arrow's own arrays as they came.
    :param fill: what stands for a missing value: one value for every column, or a mapping by column. Without it a missing float is NaN,
        and a missing value of another type is an error.
    :param pin: whether tensors are copied to pinned memory.
    """

    def __init__(self, output: str, fill: Fill = None, pin: bool = False) -> None:
        if output not in ("torch", "numpy", "arrow"):
            raise ValueError(f"the output '{output}' is unknown; use 'torch', 'numpy' or 'arrow'")
        self._output = output
        self._fill = fill
        self._pin = pin

    def convert(self, batches: list[Any]) -> dict[str, Any]:
        names = batches[0].schema.names
        return {name: self._column(name, [batch.column(index) for batch in batches]) for index, name in enumerate(names)}

    def _column(self, name: str, arrays: list[Any]) -> Any:
        if self._output == "arrow" or not _is_dense(arrays[0].type):
            return arrays[0] if len(arrays) == 1 else pa.concat_arrays(arrays)
        fill = self._fill.get(name) if isinstance(self._fill, Mapping) else self._fill
        parts = [to_numpy(name, array, fill) for array in arrays]
        values = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return values if self._output == "numpy" else self._tensor(name, values)

    def _tensor(self, name: str, values: Any) -> Any:
        import torch

        signed = _SIGNED.get(values.dtype.name)
        if signed is not None:
            if values.dtype.name == "uint64" and values.size and int(values.max()) > 2**63 - 1:
                raise ColumnError(f"the column '{name}' holds a value past 2^63 - 1, which torch cannot hold; leave it out, or use output='numpy'")
            values = values.astype(signed)
        tensor = torch.from_numpy(values)
        return tensor.pin_memory() if self._pin else tensor


def to_numpy(name: str, array: Any, fill: Any = None) -> Any:
    """A column of numbers, booleans, moments or fixed-size lists of them as an array of shape (rows,) or (rows, …).

    Moments are whole numbers in their column's unit. The array shares the column's memory, and keeps it alive, unless values are missing,
    are bits, or lie at addresses that are no multiple of their size.
    """
    if isinstance(array.type, pa.ExtensionType):
        # A tensor's cells lie as its shape says; its permutation, if any, says in which order its dimensions are meant.
        shape, permutation = list(array.type.shape), array.type.permutation
        values = _lists(name, array.storage, fill).reshape(len(array), *shape)
        return values if permutation is None else values.transpose(0, *(axis + 1 for axis in permutation))
    return _lists(name, array, fill) if _is_list(array.type) else _flat(name, array, fill)


def _is_dense(type_: Any) -> bool:
    if isinstance(type_, pa.ExtensionType):
        return bool(type_.extension_name == "arrow.fixed_shape_tensor")
    return _is_dense(type_.value_type) if _is_list(type_) else _dtype(type_) is not None


def _is_list(type_: Any) -> bool:
    return bool(pa.types.is_fixed_size_list(type_))


def _dtype(type_: Any) -> str | None:
    text = str(type_)
    return "bool" if text == "bool" else _FIXED.get(text) or _MOMENTS.get(text.split("[")[0])


def _lists(name: str, array: Any, fill: Any) -> Any:
    if array.null_count:
        raise ColumnError(f"the column '{name}' has {array.null_count} missing lists in one batch, and a list has no fill; filter those rows out")
    width = array.type.list_size
    items = array.values.slice(array.offset * width, len(array) * width)
    values = to_numpy(name, items, fill)
    return values.reshape(len(array), width, *values.shape[1:])


def _flat(name: str, array: Any, fill: Any) -> Any:
    validity, data = array.buffers()[:2]
    kind = _dtype(array.type)
    if len(array) == 0 or data is None:
        return np.zeros(len(array), kind)
    if kind == "bool":
        values = _bits(data, array.offset, len(array))
    else:
        size = np.dtype(kind).itemsize
        values = np.frombuffer(_writable(data), kind, len(array), array.offset * size)
        if values.ctypes.data % size:
            values = values.copy()
    if array.null_count == 0:
        return values
    if fill is None and values.dtype.kind != "f":
        raise ColumnError(f"the column '{name}' has {array.null_count} missing values in one batch; say what stands for them: fill={{'{name}': …}}")
    return np.where(_bits(validity, array.offset, len(array)), values, np.asarray(np.nan if fill is None else fill, values.dtype))


def _bits(buffer: Any, offset: int, count: int) -> Any:
    first = offset // 8
    held = np.frombuffer(_writable(buffer), np.uint8, (offset + count + 7) // 8 - first, first)
    return np.unpackbits(held, bitorder="little")[offset - first * 8 :][:count].astype(bool)


def _writable(buffer: Any) -> Any:
    """The buffer's memory as torch wants it, for torch warns at every batch that is read-only. A batch that was received is nobody else's."""
    memory = (ctypes.c_char * buffer.size).from_address(buffer.address)
    memory._owner = buffer
    return memory
