import itertools
import random

import pytest
from features_client import DeliveryError
from features_client.delivery import Delivery, StepCheck, Worker


def positions(delivery):
    return [list(range(first, first + count)) for first, count in map(delivery.step, range(delivery.steps))]


def shapes(count=400):
    rng = random.Random(5)
    for _ in range(count):
        rows, world, workers = rng.randint(0, 200), rng.randint(1, 5), rng.randint(1, 5)
        tail = rng.choice(["drop", "pad", "keep"] if world == 1 else ["drop", "pad"])
        yield Delivery(rows, rng.randint(0, rows), rng.randint(1, 20), rng.randrange(world), world, tail), workers


def test_workers_take_a_ranks_steps_in_turn_whatever_the_tail():
    for delivery, count in shapes():
        taken = {}
        for worker in (Worker(index, count) for index in range(count)):
            own = 0
            while own < worker.steps(delivery):
                rounds = worker.whole_rounds(delivery)
                if count > 1 and own < rounds:
                    part = worker.share(delivery, own)
                    assert part.steps == rounds - own
                else:
                    step = worker.step(own)
                    part = Delivery(delivery.rows, delivery.first + step * delivery.global_batch, delivery.batch, delivery.rank, delivery.world, delivery.tail)
                taken[worker.step(own)] = positions(part)[0]
                own += 1
        assert [taken[step] for step in sorted(taken)] == positions(delivery)


def test_a_worlds_ranks_take_each_position_once():
    for delivery, _ in shapes():
        ranks = [Delivery(delivery.rows, delivery.first, delivery.batch, rank, delivery.world, delivery.tail) for rank in range(delivery.world)]
        seen = sorted(itertools.chain.from_iterable(itertools.chain.from_iterable(map(positions, ranks))))
        assert seen == list(range(delivery.first, delivery.first + len(seen)))
        assert delivery.position_after(delivery.steps) == min(delivery.rows, delivery.first + len(seen))


def test_a_step_may_come_in_several_messages():
    check = StepCheck(Delivery(100, 10, 10, 1, 2, "drop"))
    assert [check.take(20, 0, 4), check.take(24, 0, 6), check.take(40, 1, 10)] == [False, True, True]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ((24, 0, 6), "leaves out"),
        ((40, 1, 10), "leaves out"),
        ((19, 0, 10), "repeats"),
        ((20, 0, 11), "has 10 left"),
        ((20, 0, 0), "has 10 left"),
    ],
)
def test_other_positions_than_planned_are_refused(message, reason):
    with pytest.raises(DeliveryError, match=reason):
        StepCheck(Delivery(100, 10, 10, 1, 2, "drop")).take(*message)


def test_steps_too_many_or_too_few_are_refused():
    check = StepCheck(Delivery(10, 0, 5, 0, 1, "keep"))
    check.take(0, 0, 5)
    with pytest.raises(DeliveryError, match="ended in step 1 of 2"):
        check.end()
    check.take(5, 1, 5)
    check.end()
    with pytest.raises(DeliveryError, match="after the last"):
        check.take(10, 2, 5)
