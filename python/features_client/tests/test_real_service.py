"""The client against the real service, which a test of the service's own suite starts (tests/Features.Flight.Tests/Python): over pyarrow where it is
installed, and else over the double's own Flight client, which needs grpcio.

FEATURES_TEST_SERVICE is a JSON object: its location, and for the data set 'numbers' (id from 0, x = id / 2) the ids of an epoch of a global and of a
grouped order as the service's language computes them.
"""

import json
import os

import numpy as np
import pytest
from features_client import FlightCacheClient, FlightDataset, Grouping, OrderMismatchError, RefusedError, Retry

SAID = os.environ.get("FEATURES_TEST_SERVICE")
pytestmark = pytest.mark.skipif(SAID is None, reason="FEATURES_TEST_SERVICE does not say where a service is")
HERE = json.loads(SAID or "{}")


def dataset(**options):
    options = {"shuffle": "global", "seed": HERE.get("seed"), "epoch": HERE.get("epoch"), "batch": 512, "output": "numpy", "rank": 0, "world": 1, **options}
    return FlightDataset(options.pop("locations", HERE.get("location")), "numbers", **options)


def ids(items):
    return [int(i) for item in items for i in item["id"]]


def test_a_global_epoch_is_that_of_the_specification():
    items = list(dataset())
    assert ids(items) == HERE["global"]
    assert [x for item in items for x in item["x"].tolist()] == [i / 2 for i in HERE["global"]]


def test_a_grouped_epoch_is_that_of_the_specification():
    assert ids(dataset(shuffle="grouped", grouping=Grouping(**HERE["grouping"]))) == HERE["grouped"]


def test_the_tensor_layout_comes_as_rows_of_floats():
    items = list(dataset(layout="tensor", columns=["id", "x"]))
    features = np.concatenate([item["features"] for item in items])
    assert (features.dtype, features.shape) == (np.float32, (len(HERE["global"]), 1))
    assert features[:, 0].tolist() == [i / 2 for i in HERE["global"]]
    assert ids(items) == HERE["global"]


def test_an_epoch_goes_on_in_another_world_at_the_next_sample():
    items = list(dataset())
    state = json.loads(items[4]["_state"])
    ranks = []
    for rank in range(3):
        data = dataset(batch=100, rank=rank, world=3, tail="pad")
        data.load_state_dict(state)
        ranks.append(list(data))
    seen = ids(items[:5]) + [i for step in zip(*ranks) for i in ids(step)]
    assert seen[: len(HERE["global"])] == HERE["global"]
    assert len({len(steps) for steps in ranks}) == 1


def test_workers_of_a_rank_share_its_steps_in_order(monkeypatch):
    from features_client import dataset as module
    from features_client.delivery import Worker

    alone = [list(dataset(batch=100, rank=1, world=2, tail=tail)) for tail in ("drop", "pad")]
    for tail, expected in zip(("drop", "pad"), alone):
        taken = {}
        for index in range(3):
            monkeypatch.setattr(module, "_worker", lambda index=index: Worker(index, 3))
            taken |= {item["_step"]: ids([item]) for item in dataset(batch=100, rank=1, world=2, tail=tail)}
        assert [taken[step] for step in sorted(taken)] == [ids([item]) for item in expected]


def test_large_steps_come_whole():
    (item,) = list(dataset(batch=len(HERE["global"]), request={"max_message_bytes": 65536}))
    assert ids([item]) == HERE["global"]


def test_a_location_that_does_not_answer_is_passed_over():
    data = dataset(locations=["grpc://127.0.0.1:1", HERE["location"]], retry=Retry(attempts=3, delay_seconds=0))
    assert ids(data) == HERE["global"]


def test_refusals_say_what_to_change():
    with pytest.raises(RefusedError, match="numbers"):
        FlightDataset(HERE["location"], "nothing", rank=0, world=1).plan()
    with pytest.raises(RefusedError, match="'batch'"):
        dataset(batch=0).plan()
    other = dataset(seed=HERE["seed"] + 1)
    other.load_state_dict(dataset().state_dict())
    with pytest.raises((RefusedError, OrderMismatchError), match="seed"):
        next(iter(other))


def test_the_cache_is_directed_by_actions():
    with FlightCacheClient(HERE["location"]) as cache:
        assert [(listed.name, listed.rows) for listed in cache.list()] == [("numbers", len(HERE["global"]))]
        assert [*cache.warm("numbers")][-1]["ready"] is True
        assert cache.pin("numbers")["pinned"] is True
        with pytest.raises(RefusedError, match="unpin"):
            cache.evict("numbers")
        assert cache.unpin("numbers")["pinned"] is False
        assert cache.health()["status"] == "serving"
