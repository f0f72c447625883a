"""Types, fields and schemas of the double."""

from __future__ import annotations

import math

_NUMPY = {"halffloat": "float16", "float": "float32", "double": "float64"}


class DataType:
    def __init__(self, name):
        self._name = name

    def __str__(self):
        return self._name

    __repr__ = __str__

    def __eq__(self, other):
        return str(self) == str(other)

    def __hash__(self):
        return hash(str(self))


class FixedSizeListType(DataType):
    def __init__(self, value_type, list_size):
        super().__init__(f"fixed_size_list<item: {value_type}>[{list_size}]")
        self.value_type, self.list_size = value_type, list_size


class ExtensionType(DataType):
    pass


class FixedShapeTensorType(ExtensionType):
    extension_name = "arrow.fixed_shape_tensor"

    def __init__(self, value_type, shape, permutation=None):
        super().__init__(f"extension<arrow.fixed_shape_tensor[value_type={value_type}, shape={list(shape)}]>")
        self.value_type, self.shape, self.permutation = value_type, list(shape), permutation
        self.storage_type = FixedSizeListType(value_type, math.prod(shape))


class Field:
    def __init__(self, name, type, nullable=True, metadata=None):
        self.name, self.type, self.nullable, self.metadata = name, type, nullable, metadata


class Schema:
    def __init__(self, fields):
        self._fields = list(fields)

    names = property(lambda self: [field_.name for field_ in self._fields])

    def field(self, i):
        return self._fields[i if isinstance(i, int) else self.names.index(i)]

    def __iter__(self):
        return iter(self._fields)

    def __len__(self):
        return len(self._fields)


def field(name, type, nullable=True, metadata=None):
    return Field(name, type, nullable, metadata)


def schema(fields):
    return Schema(fields)


def is_fixed_size_list(t):
    return isinstance(t, FixedSizeListType)


def numpy_of(t):
    return _NUMPY.get(str(t)) or ("int64" if str(t).startswith("timestamp") else str(t))
