import numpy as np
import pyarrow as pa
import pytest
from features_client import ColumnError
from features_client.columns import Columns, to_numpy


def convert(arrays, output="numpy", **options):
    batches = [pa.record_batch(list(columns.values()), names=list(columns)) for columns in arrays]
    return Columns(output, **options).convert(batches)


@pytest.mark.parametrize("kind", ["float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16"])
def test_numbers_share_the_columns_memory(kind):
    array = pa.array(list(np.arange(10, dtype=kind)), type=getattr(pa, kind)()).slice(3, 5)
    values = to_numpy("x", array)
    assert values.dtype == kind and values.tolist() == [3, 4, 5, 6, 7]
    assert values.ctypes.data == array.buffers()[1].address + 3 * np.dtype(kind).itemsize


def test_values_keep_their_memory_alive():
    values = to_numpy("x", pa.array(list(range(100_000)), type=pa.int64()))
    for _ in range(5):
        pa.array([7] * 100_000, type=pa.int64())
    assert (values == np.arange(100_000)).all()


def test_values_at_odd_addresses_are_copied():
    memory = np.zeros(4 * 8 + 1, np.uint8)
    memory[1:] = np.arange(4, dtype=np.int64).view(np.uint8)
    array = pa.Array.from_buffers(pa.int64(), 4, [None, pa.py_buffer(memory.tobytes())]).slice(0)
    shifted = pa.Array.from_buffers(pa.int64(), 4, [None, pa.py_buffer(memory[1:])])
    assert to_numpy("x", shifted).tolist() == [0, 1, 2, 3]
    assert to_numpy("x", shifted).ctypes.data % 8 == 0
    assert len(array) == 4


def test_booleans_at_any_offset():
    bits = [i % 3 == 0 for i in range(40)]
    for offset in range(20):
        assert to_numpy("x", pa.array(bits, type=pa.bool_()).slice(offset, 17)).tolist() == bits[offset : offset + 17]


def test_moments_are_whole_numbers_of_their_unit():
    array = pa.array([1, 2], type=pa.timestamp("us", tz="UTC"))
    assert to_numpy("at", array).tolist() == [1, 2]


def test_a_missing_float_is_nan_and_others_need_a_fill():
    floats = pa.array([1.5, None, 2.5], type=pa.float32())
    whole = pa.array([1, None, 3], type=pa.int32())
    assert np.array_equal(to_numpy("x", floats), np.array([1.5, np.nan, 2.5], np.float32), equal_nan=True)
    assert to_numpy("x", floats, 0).tolist() == [1.5, 0, 2.5]
    with pytest.raises(ColumnError, match="'k' has 1 missing values.*fill"):
        to_numpy("k", whole)
    filled = to_numpy("k", whole.slice(1, 2), -1)
    assert filled.dtype == np.int32 and filled.tolist() == [-1, 3]
    assert convert([{"k": whole, "x": floats}], fill={"k": 9})["k"].tolist() == [1, 9, 3]


def test_tensors_and_lists_take_their_shape_without_a_copy():
    values = pa.array(list(np.arange(24, dtype=np.float32)), type=pa.float32())
    lists = pa.FixedSizeListArray.from_arrays(values, 6)
    tensor = pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float32(), [2, 3]), lists)
    assert to_numpy("v", lists.slice(1, 2)).tolist() == np.arange(6, 18).reshape(2, 6).tolist()
    got = to_numpy("t", tensor.slice(1, 3))
    assert got.shape == (3, 2, 3) and got.tolist() == np.arange(6, 24).reshape(3, 2, 3).tolist()
    assert got.ctypes.data == values.buffers()[1].address + 6 * 4


def test_a_permuted_tensor_is_seen_in_its_logical_shape():
    lists = pa.FixedSizeListArray.from_arrays(pa.array(list(np.arange(12, dtype=np.float32)), type=pa.float32()), 6)
    tensor = pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float32(), [2, 3], permutation=[1, 0]), lists)
    assert to_numpy("t", tensor)[0].tolist() == [[0, 3], [1, 4], [2, 5]]


def test_a_step_of_several_messages_becomes_one():
    parts = [{"x": pa.array([1, 2], type=pa.int32()), "s": pa.array(["a", "b"], type=pa.string())}, {"x": pa.array([3], type=pa.int32()), "s": pa.array(["c"], type=pa.string())}]
    joined = convert(parts)
    assert joined["x"].tolist() == [1, 2, 3]
    assert joined["s"].to_pylist() == ["a", "b", "c"]


def test_arrow_output_is_left_as_it_came():
    array = pa.array([1, 2], type=pa.int32())
    assert convert([{"x": array}], "arrow")["x"] is array or convert([{"x": array}], "arrow")["x"].equals(array)
    with pytest.raises(ValueError, match="'pandas' is unknown"):
        Columns("pandas")


def test_torch_tensors_share_the_columns_memory(recwarn):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    array = pa.array([1.0, 2.0, 3.0], type=pa.float32())
    tensor = convert([{"x": array}], "torch")["x"]
    assert tensor.dtype == torch.float32 and tensor.data_ptr() == array.buffers()[1].address
    assert convert([{"x": pa.array([1, 65535], type=pa.uint16())}], "torch")["x"].dtype == torch.int32
    assert not [warning for warning in recwarn if "not writable" in str(warning.message)]
    with pytest.raises(ColumnError, match="past 2\\^63"):
        convert([{"x": pa.array([1 << 63], type=pa.uint64())}], "torch")
