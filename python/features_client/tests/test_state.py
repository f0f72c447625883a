import json
import pathlib

import pytest
from features_client import Grouping, Order, OrderMismatchError, OrderState, StateError

SCHEMAS = pathlib.Path(__file__).parents[3] / "schemas"
ORDER = Order("sha256:" + "a" * 64, 3_000_000, "global", 42, "feistel-v1")


@pytest.mark.skipif(not SCHEMAS.exists(), reason="the repository's schemas are not beside this package")
def test_digests_are_those_of_the_vectors():
    vectors = json.loads((SCHEMAS / "ordering" / "vectors.json").read_text())["orders"]
    assert {vector["mode"] for vector in vectors} == {"none", "global", "grouped"}
    for vector in vectors:
        assert Order.from_dict(vector).digest == vector["digest"]


@pytest.mark.parametrize("order", [ORDER, Order("c", 9, "grouped", 1, "grouped-v1", filter='delay > "ö"', grouping=Grouping(4, 2, 3))])
def test_a_state_comes_back_from_json_equal_and_small(order):
    state = OrderState(order, 3, 9)
    assert OrderState.from_json(state.to_json()) == state
    assert len(state.to_json()) < 1024


def test_another_order_is_refused_with_each_part_that_differs():
    other = Order(ORDER.content, ORDER.rows, "global", 43, "feistel-v1", policy="sha256:01")
    with pytest.raises(OrderMismatchError, match="policy was absent, is sha256:01; seed was 42, is 43") as refused:
        ORDER.check(other)
    assert refused.value.parts == ("policy", "seed")
    with pytest.raises(OrderMismatchError) as refused:
        ORDER.check(Order("b", 1, "grouped", 42, "grouped-v1", grouping=Grouping(1, 1, 1)))
    assert refused.value.parts == ("content", "rows", "algorithm", "mode", "grouping")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON"),
        ("[]", "'v' is missing"),
        ('{"v":2}', "version 2"),
        ('{"v":1}', "'order' is missing"),
        ('{"v":1,"order":{"content":1}}', "'content' must be a string"),
        ('{"v":true}', "'v' must be a whole number"),
    ],
)
def test_what_is_no_state_is_refused_with_the_reason(text, reason):
    with pytest.raises(StateError, match=reason):
        OrderState.from_json(text)


def test_a_changed_state_is_refused():
    text = OrderState(ORDER, 0, 10).to_json()
    with pytest.raises(StateError, match="digest"):
        OrderState.from_json(text.replace('"seed":42', '"seed":43'))
    with pytest.raises(StateError, match="past"):
        OrderState.from_json(text.replace('"position":10', '"position":3000001'))
