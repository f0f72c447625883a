import gc
import json
import pickle
import threading

import pytest
from features_client import dataset as module
from features_client import DeliveryError, FlightDataset, Grouping, OrderMismatchError, OrderState, RefusedError, Retry, StateError, UnavailableError
from features_client.delivery import Worker
from pyarrow import flight
from service import TOKEN, TrainingService, breaks_after, twice, without

QUICK = Retry(attempts=4, delay_seconds=0)


def dataset(service, **options):
    options = {"shuffle": "global", "seed": 5, "batch": 70, "output": "numpy", "retry": QUICK, "rank": 0, "world": 1, **options}
    return FlightDataset(options.pop("locations", service.location), "delays", **options)


def ids(items):
    return [int(i) for item in items for i in item["id"]]


def epoch_of(service, epoch=0):
    return ids(dataset(service, batch=service.rows, epoch=epoch))


def test_an_epoch_holds_each_sample_once_with_its_place(service):
    items = list(dataset(service))
    assert sorted(ids(items)) == list(range(1000))
    assert [item["_step"] for item in items] == list(range(15))
    assert [item["_position"] for item in items] == list(range(0, 1000, 70))
    first = items[0]
    assert first["features"].shape == (70, 3) and first["label"].dtype == bool
    assert first["features"][:, 1].tolist() == [3 * i + 1 for i in first["id"].tolist()]
    assert first["name"].to_pylist() == [f"row {i}" for i in first["id"].tolist()]


def test_epochs_follow_each_other_in_other_orders(service):
    data = dataset(service)
    first, second = ids(data), ids(data)
    assert first == epoch_of(service, 0) and second == epoch_of(service, 1) and first != second
    data.set_epoch(0)
    assert ids(data) == first
    assert data.epoch == 1


def test_an_iteration_that_was_left_begins_anew(service):
    data = dataset(service)
    for _ in data:
        break
    assert ids(data) == epoch_of(service, 0)


@pytest.mark.parametrize("tail", ["drop", "pad"])
def test_ranks_have_equal_steps_and_share_the_epoch(service, tail):
    ranks = [list(dataset(service, rank=rank, world=3, tail=tail)) for rank in range(3)]
    assert len({len(items) for items in ranks}) == 1
    whole = epoch_of(service)
    seen = [i for step in zip(*ranks) for i in ids(step)]
    assert seen == (whole + whole)[: len(seen)]
    assert len(seen) == (840 if tail == "drop" else 1050)


def test_a_state_resumes_at_the_next_sample_in_any_world_and_batch(service):
    ranks = [dataset(service, rank=rank, world=2) for rank in range(2)]
    readers = [iter(data) for data in ranks]
    seen = [i for _ in range(3) for reader in readers for i in ids([next(reader)])]
    states = [data.state_dict() for data in ranks]
    assert states[0] == states[1] and len(json.dumps(states[0])) < 1024
    later = dataset(service, batch=11)
    later.load_state_dict(json.loads(json.dumps(states[0])))
    assert later.epoch == 0 and later.state_dict() == states[0]
    assert seen + ids(later) == epoch_of(service)


def test_a_state_says_what_was_yielded_not_what_was_fetched(service):
    data = dataset(service, prefetch=8)
    reader = iter(data)
    assert data.state_dict()["position"] == 0
    item = next(reader)
    assert data.state_dict()["position"] == 70
    assert OrderState.from_json(item["_state"]).to_dict() == data.state_dict()


def test_a_state_is_staged_for_the_next_iteration_alone(service):
    data = dataset(service)
    items = list(data)
    data.load_state_dict(json.loads(items[3]["_state"]))
    reader = iter(data)
    assert ids([next(reader)]) == ids([items[4]])
    assert ids(data) == epoch_of(service, 0)


def test_a_state_at_an_epochs_end_has_nothing_left_and_then_comes_the_next(service):
    data = dataset(service)
    list(data)
    later = dataset(service)
    later.load_state_dict(data.state_dict())
    assert (later.epoch, ids(later), later.epoch) == (0, [], 1)
    assert ids(later) == epoch_of(service, 1)


def test_a_loader_may_drop_an_iteration_that_has_nothing_left(service):
    # torchdata's loader makes an iteration of a finished state, and another one in its place without asking the first for an item.
    data = dataset(service)
    list(data)
    later = dataset(service)
    later.load_state_dict(data.state_dict())
    iter(later)
    assert ids(later) == epoch_of(service, 1)


def test_a_worker_that_has_finished_stays_finished_while_others_go_on(service, monkeypatch):
    monkeypatch.setattr(module, "_worker", lambda: Worker(1, 2))
    data = dataset(service)
    list(data)
    later = dataset(service)
    later.load_state_dict(data.state_dict())
    assert ids(later) == []


def test_a_data_set_goes_to_a_worker_as_it_stands(service):
    data = dataset(service, token=TOKEN)
    state = json.loads(list(data)[3]["_state"])
    data.load_state_dict(state)
    copy = pickle.loads(pickle.dumps(data))
    assert copy.state_dict() == state
    assert ids(copy) == ids(data) != []
    assert b"FlightEndpoint" not in pickle.dumps(data)


def test_setting_the_epoch_of_a_loaded_state_keeps_it_and_another_drops_it(service):
    data, state = dataset(service), json.loads(list(dataset(service))[3]["_state"])
    data.load_state_dict(state)
    data.set_epoch(0)
    assert len(list(data)) == 11
    data.load_state_dict(state)
    data.set_epoch(4)
    assert ids(data) == epoch_of(service, 4)


def test_another_order_is_refused_by_its_parts(service):
    state = dataset(service).state_dict()
    other = dataset(service, seed=6)
    list(other)
    with pytest.raises(OrderMismatchError, match="seed was 5, is 6"):
        other.load_state_dict(state)
    unread = dataset(service, seed=6)
    unread.load_state_dict(state)
    with pytest.raises((RefusedError, OrderMismatchError), match="order"):
        next(iter(unread))
    with pytest.raises(StateError, match="digest"):
        other.load_state_dict({**state, "order": {**state["order"], "seed": 6}})


def test_data_that_changes_between_epochs_is_an_error_unless_followed(service):
    pinned, following = dataset(service), dataset(service, follow=True)
    list(pinned), list(following)
    service.content = "sha256:" + "b" * 64
    with pytest.raises((RefusedError, OrderMismatchError), match="order"):
        list(pinned)
    assert len(list(following)) == 15
    assert following.state_dict()["order"]["content"] == service.content


def test_the_request_says_all_that_was_asked(service):
    data = dataset(
        service, shuffle="grouped", grouping=Grouping(4, 2, 3), columns=["id"], layout="tensor", tensor={"type": "float16"}, request={"filter": "id > 3"}, rank=1, world=2
    )
    plan = data.plan()
    assert service.requests[-1] == {
        "dataset": "delays", "batch": 70, "shuffle": "grouped", "seed": 5, "grouping": {"block": 4, "group_blocks": 2, "lanes": 3}, "columns": ["id"],
        "layout": "tensor", "tensor": {"type": "float16"}, "filter": "id > 3", "rank": 1, "world": 2, "epoch": 0, "max_message_bytes": 64 << 20,
    }  # fmt: skip
    assert plan.steps == 7 and plan.start.order.grouping == Grouping(4, 2, 3) and plan.schema.names == ["features", "id", "label", "name"]


@pytest.mark.parametrize("prefetch", [0, 3])
def test_a_stream_that_breaks_goes_on_at_the_step_that_was_not_whole(service, prefetch):
    # Steps of 70 rows in messages of 64: the stream breaks within steps, after steps, and before the first message.
    service.faults += [breaks_after(5), breaks_after(0), breaks_after(4), breaks_after(1)]
    assert ids(dataset(service, prefetch=prefetch)) == epoch_of(service)


def test_another_location_goes_on_where_one_broke_off(service):
    with TrainingService() as other:
        service.replicas = [service, other]
        service.faults += [lambda messages: _down_after(service, messages, 6)]
        assert ids(dataset(service)) == epoch_of(other)
        assert other.requests


def test_locations_are_tried_in_turn(service):
    gone = TrainingService()
    gone.shutdown()
    data = dataset(service, locations=[gone.location, service.location])
    assert ids(data) == epoch_of(service)
    patient = dataset(service, locations=[gone.location, service.location], retry=Retry(attempts=1))
    with pytest.raises(UnavailableError):
        list(patient)


def test_the_location_that_answered_last_is_asked_first(service):
    with TrainingService() as other:
        data = dataset(service, locations=[service.location, other.location])
        service.shutdown()
        assert ids(data) == epoch_of(other)
        asked = len(other.requests)
        data._retry = Retry(attempts=1)
        assert ids(data) == epoch_of(other, 1)
        assert len(other.requests) > asked


def test_after_the_last_attempt_the_failure_is_raised(service):
    service.faults += [breaks_after(0)] * 4
    with pytest.raises(UnavailableError, match="in 4 attempts.*Socket closed"):
        list(dataset(service))
    service.shutdown()
    with pytest.raises(UnavailableError, match="in 4 attempts"):
        dataset(service).plan()


def test_a_refusal_is_not_tried_again(service):
    with pytest.raises(RefusedError, match="you may see: delays"):
        list(FlightDataset(service.location, "nothing", rank=0, world=1, output="numpy"))
    assert len(service.requests) == 1
    service.faults += [breaks_after(2, flight.FlightServerError("the source gave other rows than its plan says"))]
    with pytest.raises(RefusedError, match="other rows"):
        list(dataset(service))


@pytest.mark.parametrize(("fault", "reason"), [(without(3), "leaves out"), (twice(3), "repeats"), (without(28), "ended in step 14 of 15")])
def test_rows_that_are_lost_or_repeated_are_an_error(service, fault, reason):
    service.faults += [fault]
    with pytest.raises(DeliveryError, match=reason):
        list(dataset(service))


def test_the_token_goes_with_every_call_and_may_change(service):
    service.door.needs_token = True
    with pytest.raises(RefusedError, match="no valid token"):
        list(dataset(service))
    tokens = iter([TOKEN] * 10)
    assert len(list(dataset(service, token=lambda: next(tokens)))) == 15
    assert len(list(dataset(service, token=TOKEN))) == 15


def test_rank_and_world_come_from_the_environment(service, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "4")
    plan = FlightDataset(service.location, "delays", batch=10).plan()
    assert (plan.delivery.rank, plan.delivery.world, plan.delivery.tail) == (1, 4, "drop")
    with pytest.raises(ValueError, match="rank 4"):
        FlightDataset(service.location, "delays", rank=4, world=4)


def test_no_thread_outlives_its_iteration(service):
    for _ in range(3):
        for item in dataset(service, prefetch=1):
            break
    list(dataset(service))
    gc.collect()
    assert not [thread for thread in threading.enumerate() if thread.name == "features-prefetch"]


def _down_after(server, messages, count):
    for index, message in enumerate(messages):
        if index == count:
            server.shutdown()
            raise flight.FlightUnavailableError("Socket closed")
        yield message
