"""A double of the small part of pyarrow that the client and its tests use, for machines on which pyarrow cannot be installed.

Names, arguments and behaviour are those that pyarrow documents; nothing is here that the client or a test does not call. It stands in for
pyarrow only where that cannot be imported (``conftest.py``).
"""

from __future__ import annotations

import numpy as np

from . import types  # noqa: F401
from .types import DataType, ExtensionType, FixedShapeTensorType, FixedSizeListType, Field, Schema, field, schema  # noqa: F401

__version__ = "0 (a double)"


class ArrowException(Exception):
    pass


class ArrowInvalid(ValueError, ArrowException):
    pass


class ArrowKeyError(KeyError, ArrowException):
    def __str__(self):
        return ArrowException.__str__(self)


class ArrowNotImplementedError(NotImplementedError, ArrowException):
    pass


class Buffer:
    """Memory with an address; ``memory`` is a numpy array of bytes that stays alive with it."""

    def __init__(self, memory):
        self._memory = memory

    address = property(lambda self: self._memory.ctypes.data)
    size = property(lambda self: self._memory.size)

    def __bytes__(self):
        return self._memory.tobytes()

    def __len__(self):
        return self.size


def py_buffer(obj):
    return obj if isinstance(obj, Buffer) else Buffer(np.frombuffer(obj, np.uint8))


class Array:
    def __init__(self, type_, length, buffers, offset=0, children=(), strings=None):
        self.type, self.offset, self._length, self._buffers, self._children, self._strings = type_, offset, length, list(buffers), list(children), strings

    @staticmethod
    def from_buffers(type, length, buffers, null_count=-1, offset=0, children=()):
        return _wrap(Array(type, length, buffers, offset, children))

    def __len__(self):
        return self._length

    def buffers(self):
        return self._buffers

    def slice(self, offset=0, length=None):
        length = self._length - offset if length is None else length
        return _wrap(Array(self.type, length, self._buffers, self.offset + offset, self._children, self._strings))

    @property
    def null_count(self):
        validity = self._buffers[0]
        if validity is None:
            return 0
        bits = np.unpackbits(np.frombuffer(bytes(validity), np.uint8), bitorder="little")[self.offset : self.offset + self._length]
        return int(self._length - bits.sum())

    def to_pylist(self):
        if self._strings is not None:
            return self._strings[self.offset : self.offset + self._length]
        raise NotImplementedError("the double lists strings only")


class FixedSizeListArray(Array):
    @staticmethod
    def from_arrays(values, list_size):
        return _wrap(Array(FixedSizeListType(values.type, list_size), len(values) // list_size, [None], 0, [values]))

    @property
    def values(self):
        return self._children[0]


class ExtensionArray(Array):
    @staticmethod
    def from_storage(typ, storage):
        array = ExtensionArray(typ, len(storage), storage.buffers(), storage.offset, storage._children)
        return array

    @property
    def storage(self):
        return _wrap(Array(self.type.storage_type, self._length, self._buffers, self.offset, self._children))


def _wrap(array):
    kind = ExtensionArray if isinstance(array.type, ExtensionType) else FixedSizeListArray if isinstance(array.type, FixedSizeListType) else Array
    array.__class__ = kind
    return array


def _buffer(values):
    return Buffer(np.frombuffer(values.tobytes() or b"\0", np.uint8))


def array(values, type=None):
    valid = np.array([value is not None for value in values], bool)
    validity = None if valid.all() else _buffer(np.packbits(valid, bitorder="little"))
    if str(type) == "string":
        return Array(type, len(valid), [validity, None, None], strings=list(values))
    filled = [0 if value is None else value for value in values]
    if str(type) == "bool":
        return Array(type, len(valid), [validity, _buffer(np.packbits(np.array(filled, bool), bitorder="little"))])
    return Array(type, len(valid), [validity, _buffer(np.array(filled, types.numpy_of(type)))])


def concat_arrays(arrays):
    if arrays[0]._strings is None:
        raise NotImplementedError("the double joins strings only")
    return array([value for part in arrays for value in part.to_pylist()], arrays[0].type)


class RecordBatch:
    def __init__(self, columns, schema_):
        self.schema, self._columns = schema_, list(columns)

    num_rows = property(lambda self: len(self._columns[0]))

    def column(self, i):
        return self._columns[i]

    def slice(self, offset=0, length=None):
        return RecordBatch([column.slice(offset, length) for column in self._columns], self.schema)


def record_batch(data, names=None, schema=None):
    return RecordBatch(data, schema or Schema([Field(name, column.type) for name, column in zip(names, data)]))


def _make(name):
    return lambda: DataType(name)


float16, float32, float64 = _make("halffloat"), _make("float"), _make("double")
int8, int16, int32, int64 = _make("int8"), _make("int16"), _make("int32"), _make("int64")
uint8, uint16, uint32, uint64 = _make("uint8"), _make("uint16"), _make("uint32"), _make("uint64")
bool_, string = _make("bool"), _make("string")


def timestamp(unit, tz=None):
    return DataType(f"timestamp[{unit}, tz={tz}]" if tz else f"timestamp[{unit}]")


def list_(value_type, list_size):
    return FixedSizeListType(value_type, list_size)


def fixed_shape_tensor(value_type, shape, dim_names=None, permutation=None):
    return FixedShapeTensorType(value_type, shape, permutation)
