import pytest
from features_client import FlightCacheClient, RefusedError, Retry
from pyarrow import flight

QUICK = Retry(attempts=3, delay_seconds=0)


@pytest.fixture
def cache(service):
    with FlightCacheClient(service.location, retry=QUICK) as client:
        yield client


def test_the_list_says_rows_and_digest(cache, service):
    (listed,) = cache.list()
    assert (listed.name, listed.rows, listed.digest) == ("delays", 1000, service.content)
    assert listed.schema.names == ["features", "id", "label", "name"]


def test_info_plans_without_reading(cache):
    plan = cache.info("delays", batch=100, world=3, rank=1)
    assert (plan.steps, plan.start.position, plan.start.order.rows) == (3, 0, 1000)


def test_warm_says_how_far_it_is(cache):
    assert [(said["rows"], said["ready"]) for said in cache.warm("delays")] == [(0, False), (1000, True)]


def test_a_pinned_set_is_not_evicted(cache, service):
    assert cache.pin("delays", layout="tensor") == {"dataset": "delays", "pinned": True}
    assert service.requests[-1] == ("pin", {"dataset": "delays", "layout": "tensor"})
    with pytest.raises(RefusedError, match="unpin it"):
        cache.evict("delays")
    assert cache.unpin("delays")["pinned"] is False
    assert cache.evict("delays")["evicted"] == 1


def test_what_is_in_memory_says_what_holds_it(cache):
    cache.pin("delays")
    (cached,) = cache.cached()
    assert (cached["dataset"], cached["ready"], cached["pins"]) == ("delays", True, 1)


def test_health_is_asked_until_it_is_answered(cache, service):
    service.refusals += [flight.FlightUnavailableError("starting"), flight.FlightUnavailableError("starting")]
    assert cache.health()["status"] == "serving"
    service.refusals += [flight.FlightUnauthorizedError("the policy says no")]
    with pytest.raises(RefusedError, match="the policy says no"):
        cache.health()
