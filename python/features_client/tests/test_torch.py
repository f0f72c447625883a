"""A torch loader over the data set. The workers are started by fork, which the double survives and gRPC does not; with pyarrow, by spawn."""

import json

import pytest
from features_client import FlightDataset, StateError

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch.utils.data import DataLoader, IterableDataset  # noqa: E402

from conftest import HAS_PYARROW  # noqa: E402

START = "spawn" if HAS_PYARROW else "fork"


def dataset(service, **options):
    return FlightDataset(service.location, "delays", shuffle="global", seed=5, **{"rank": 0, "world": 1, "batch": 70, **options})


pytestmark = pytest.mark.filterwarnings("ignore:This DataLoader will create")


def loader(data, workers=0):
    return DataLoader(data, batch_size=None, num_workers=workers, multiprocessing_context=START if workers else None)


def ids(items):
    return [int(i) for item in items for i in item["id"]]


def test_items_are_tensors_of_the_data_sets_types(service):
    data = dataset(service, columns=["features", "id", "label"])
    assert isinstance(data, IterableDataset)
    item = next(iter(data))
    assert (item["features"].shape, item["features"].dtype, item["label"].dtype, item["id"].dtype) == ((70, 3), torch.float32, torch.bool, torch.int64)


@pytest.mark.parametrize("workers", [0, 1, 2, 5])
@pytest.mark.parametrize(("world", "tail"), [(1, "keep"), (1, "drop"), (3, "pad"), (3, "drop")])
def test_workers_yield_the_ranks_steps_in_order(service, workers, world, tail):
    for rank in {0, world - 1}:
        alone = list(dataset(service, rank=rank, world=world, tail=tail))
        split = list(loader(dataset(service, rank=rank, world=world, tail=tail), workers))
        assert ids(split) == ids(alone)
        for name in ("_step", "_position", "_state"):
            assert [item[name] for item in split] == [item[name] for item in alone]


def test_the_last_items_state_resumes_with_other_workers(service):
    items = list(loader(dataset(service), 3))
    data = dataset(service, batch=13)
    data.load_state_dict(json.loads(items[5]["_state"]))
    assert ids(items[:6]) + ids(loader(data, 2)) == ids(items)


def test_a_workers_own_state_resumes_that_worker(service, monkeypatch):
    from features_client import dataset as module
    from features_client.delivery import Worker

    monkeypatch.setattr(module, "_worker", lambda: Worker(1, 2))
    data = dataset(service)
    items = list(data)
    assert [item["_step"] for item in items] == [1, 3, 5, 7, 9, 11, 13]
    reader = iter(data)
    for _ in range(3):
        next(reader)
    later = dataset(service)
    later.load_state_dict(data.state_dict())
    assert later.state_dict() == data.state_dict() and later.epoch == 1
    assert ids(later) == ids(reader)
    assert later.epoch == 2


def test_a_workers_state_elsewhere_is_refused(service, monkeypatch):
    from features_client import dataset as module
    from features_client.delivery import Worker

    monkeypatch.setattr(module, "_worker", lambda: Worker(1, 2))
    data = dataset(service)
    next(iter(data))
    state = data.state_dict()
    wider = dataset(service, batch=71)
    wider.load_state_dict(state)
    with pytest.raises(StateError, match="world and batch"):
        iter(wider)
    monkeypatch.setattr(module, "_worker", lambda: Worker())
    data.load_state_dict(state)
    with pytest.raises(StateError, match="worker 1 of 2.*'_state'"):
        iter(data)


def test_asking_for_pinned_memory_without_an_accelerator_warns(service):
    if torch.cuda.is_available():
        assert next(iter(dataset(service, pin_memory=True)))["features"].is_pinned()
    else:
        with pytest.warns(UserWarning, match="pageable"):
            dataset(service, pin_memory=True)


def test_a_stateful_loader_resumes_in_mid_epoch(service):
    stateful = pytest.importorskip("torchdata.stateful_dataloader", reason="torchdata is not installed")

    def make(workers):
        context = START if workers else None
        return stateful.StatefulDataLoader(dataset(service), batch_size=None, num_workers=workers, multiprocessing_context=context)

    for workers in (0, 2):
        whole = list(make(workers))
        first = make(workers)
        reader = iter(first)
        seen = [next(reader) for _ in range(6)]
        later = make(workers)
        later.load_state_dict(first.state_dict())
        assert ids(seen) + ids(later) == ids(whole)
