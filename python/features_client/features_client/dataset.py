"""A data set as a training loop sees it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .columns import Columns, Fill
from .delivery import Worker
from .errors import StateError
from .plan import ReadPlan, plan_read
from .prefetch import Prefetch
from .service import Retry, Service, Tls, Token, anywhere
from .state import Grouping, Order, OrderState
from .stream import Step, StepStream

if TYPE_CHECKING:
    _Base = object
else:
    try:
        from torch.utils.data import IterableDataset as _Base
    except ImportError:
        _Base = object

# What the service may put into one message: large enough that nearly every step is one, and needs no joining.
_MESSAGE_BYTES = 64 << 20


@dataclass(frozen=True)
class _Start:
    """Where the next iteration begins. For a worker, ``steps`` of its own steps past the state, at ``global_batch`` positions a step."""

    state: OrderState
    worker: Worker | None = None
    steps: int = 0
    global_batch: int = 0

    @staticmethod
    def from_dict(state: Mapping[str, Any]) -> _Start:
        read = OrderState.from_dict(state)
        own = state.get("worker")
        return _Start(read) if own is None else _Start(read, Worker(own["id"], own["of"]), own["steps"], own["global_batch"])

    def to_dict(self) -> dict[str, Any]:
        if self.worker is None:
            return self.state.to_dict()
        own = {"id": self.worker.index, "of": self.worker.count, "steps": self.steps, "global_batch": self.global_batch}
        return {**self.state.to_dict(), "worker": own}


@dataclass
class _Progress:
    """How far an iteration has come. ``steps`` counts what was yielded, not what was fetched ahead."""

    plan: ReadPlan
    worker: Worker
    steps: int

    def state(self) -> _Start:
        start, delivery = self.plan.start, self.plan.delivery
        if self.worker.count == 1:
            return _Start(start.at(delivery.position_after(self.steps)))
        return _Start(start, self.worker, self.steps, delivery.global_batch)


class FlightDataset(_Base):
    """One rank's share of a data set, epoch by epoch, in exact order and resumable to the sample.

    Each item is one step of this rank: a dict of its columns, of shape (rows, …), and

    - ``_position``: the epoch position of its first row; row i stands at ``_position`` + i, and at or past the data set's rows it is padding;
    - ``_step``: its step, counted from where the iteration began;
    - ``_state``: the state after this step, as JSON, for a job whose loader has workers.

    It is a ``torch.utils.data.IterableDataset`` where torch is installed. Give it to a ``DataLoader`` with ``batch_size=None``. It fetches ahead on a
    thread of its own, so that workers are seldom worth their cost; with workers each takes every n-th step of the rank, the loader yields
    the steps in order, and ``set_epoch`` is to be called before each epoch. Start workers by ``multiprocessing_context="spawn"``: gRPC does not
    survive a fork.

    An iteration begins where :meth:`load_state_dict` said, once, and else at the start of the epoch; at its end the epoch is the next one.

    :param locations: of the service, such as ``grpc://host:8815`` or ``grpc+tls://host:8815``; several are replicas, tried in turn.
    :param dataset: a training set's name; None with ``table`` in ``request``.
    :param batch: rows of a step.
    :param shuffle: ``none``, ``global`` or ``grouped``; ``grouped`` needs ``grouping``.
    :param seed: of the shuffled order.
    :param epoch: the first epoch.
    :param rank: this rank; None for torch.distributed's, or else the environment's RANK, or else 0.
    :param world: the number of ranks; None likewise, by WORLD_SIZE, or else 1.
    :param tail: ``keep``, ``drop`` or ``pad``; None for ``keep`` in a world of one and ``drop`` else.
    :param columns: by name, in the order wanted; None for all.
    :param layout: ``columns``, or ``tensor`` for all numeric features in one column ``features``.
    :param tensor: with ``layout="tensor"``: ``{"type": "float32" | "float16", "fill": number, "mask": bool}``.
    :param follow: whether a newer version of the data may be taken up at an epoch's edge; else an order that changes is an error.
    :param request: further members of the request (``schemas/flight/request.schema.json``): ``table``, ``as_of``, ``filter`` and so on.
    :param output: ``torch``, ``numpy`` or ``arrow``; None for torch where it is installed and numpy else.
    :param fill: what stands for missing values in the layout ``columns``: one value, or a mapping by column. Default NaN for floats, an error for others.
    :param pin_memory: copies tensors to pinned memory on the fetching thread. Not in workers: there it is the loader's to do.
    :param prefetch: steps that are fetched and converted ahead; 0 for none, and no thread.
    :param token: a bearer token, or what gives one.
    :param tls: how ``grpc+tls`` connections are checked.
    :param retry: how failures are met. A stream that breaks goes on elsewhere, at the first step that had not come whole.
    """

    def __init__(
        self,
        locations: str | Sequence[str],
        dataset: str | None = None,
        *,
        batch: int = 4096,
        shuffle: str = "none",
        grouping: Grouping | None = None,
        seed: int = 0,
        epoch: int = 0,
        rank: int | None = None,
        world: int | None = None,
        tail: str | None = None,
        columns: Sequence[str] | None = None,
        layout: str = "columns",
        tensor: Mapping[str, Any] | None = None,
        follow: bool = False,
        request: Mapping[str, Any] | None = None,
        output: str | None = None,
        fill: Fill = None,
        pin_memory: bool = False,
        prefetch: int = 2,
        token: Token | None = None,
        tls: Tls | None = None,
        retry: Retry | None = None,
    ) -> None:
        self._service = Service(locations, token, tls)
        self._rank, self._world = _place(rank, world)
        self._request = _request(dataset, batch, shuffle, grouping, seed, columns, layout, tensor, follow, request)
        self._tail = tail
        self._follow = follow
        self._output = output or ("torch" if _has_torch() else "numpy")
        self._fill = fill
        self._pin = pin_memory and self._output == "torch" and _can_pin()
        self._prefetch = prefetch
        self._retry = retry or Retry()
        self._epoch = epoch
        self._order: Order | None = None
        self._staged: _Start | None = None
        self._progress: _Progress | None = None
        Columns(self._output)

    @property
    def epoch(self) -> int:
        """The epoch of the next iteration."""
        return self._staged.state.epoch if self._staged else self._epoch

    def set_epoch(self, epoch: int) -> None:
        """Sets the epoch of the next iteration, which begins at its start, or at a loaded state that is of this epoch."""
        if self._staged is not None and self._staged.state.epoch != epoch:
            self._staged = None
        if self._progress is not None and self._progress.plan.start.epoch != epoch:
            self._progress = None
        self._epoch = epoch

    def plan(self) -> ReadPlan:
        """Asks what the next iteration would read: order, steps and schema, for this rank. Nothing is loaded or begun."""
        staged = self._staged
        return self._ask(staged.state if staged else None, self.epoch)

    def state_dict(self) -> dict[str, Any]:
        """Where to resume: after the last item that was yielded; or what was loaded, if no iteration began since.

        Outside of workers this is the plain order state: equal on all ranks, good for any world, batch and number of workers, and
        understood by the C# client and the command line. A worker's is good for that worker alone, as a loader that keeps its workers' states needs.
        """
        if self._staged is not None:
            return self._staged.to_dict()
        if self._progress is not None:
            return self._progress.state().to_dict()
        if self._order is not None and not self._follow:
            return OrderState(self._order, self._epoch, 0).to_dict()
        return self.plan().start.to_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Stages a state: the next iteration begins there. The order that the state belongs to is checked at once if one is known.

        :raises StateError: it is no state, or it was changed.
        :raises OrderMismatchError: it belongs to another order than this data set has been read in.
        """
        start = _Start.from_dict(state)
        if self._order is not None and not self._follow:
            start.state.order.check(self._order)
        self._staged = start

    def __iter__(self) -> Iterator[dict[str, Any]]:
        worker = _worker()
        start, self._staged = self._staged, None
        self._check(start, worker)
        plan = self._ask(start.state if start else None, start.state.epoch if start else self._epoch)
        self._epoch = plan.start.epoch
        progress = _Progress(plan, worker, start.steps if start else 0)
        self._progress = progress
        if progress.steps >= worker.steps(plan.delivery):
            # A loader may drop an iteration that has nothing left before asking it for an item.
            self._epoch += 1
        return self._run(progress)

    def close(self) -> None:
        """Closes the connections. An iteration that is under way ends by itself when it is let go of."""
        self._service.close()

    def __getstate__(self) -> dict[str, Any]:
        # A worker begins its own iteration; a plan holds a ticket and a schema that need not go there.
        return {**self.__dict__, "_progress": None}

    def _run(self, progress: _Progress) -> Iterator[dict[str, Any]]:
        total = progress.worker.steps(progress.plan.delivery)
        if progress.steps >= total:
            return
        stream = StepStream(self._service, self._request, progress.plan, progress.worker, self._retry)
        columns = Columns(self._output, self._fill, self._pin and progress.worker.count == 1)
        items: Any = (self._item(columns, progress.plan, step) for step in stream.steps(progress.steps))
        if self._prefetch > 0:
            items = Prefetch(items, self._prefetch, stream.cancel)
        try:
            for item in items:
                progress.steps += 1
                if progress.steps == total and self._progress is progress:
                    self._epoch = progress.plan.start.epoch + 1
                yield item
        finally:
            items.close()

    def _item(self, columns: Columns, plan: ReadPlan, step: Step) -> dict[str, Any]:
        after = plan.start.at(plan.delivery.position_after(step.number + 1))
        return {**columns.convert(step.batches), "_position": step.position, "_step": step.number, "_state": after.to_json()}

    def _check(self, start: _Start | None, worker: Worker) -> None:
        if start is None or start.worker is None:
            return
        if start.worker != worker:
            raise StateError(
                f"the state is that of worker {start.worker.index} of {start.worker.count}, and this is worker {worker.index} of {worker.count}; "
                "keep the number of workers, or resume from the '_state' of the last item"
            )
        if start.global_batch != self._request["batch"] * self._world:
            raise StateError("a worker's state belongs to its world and batch; keep both, or resume from the '_state' of the last item")

    def _ask(self, state: OrderState | None, epoch: int) -> ReadPlan:
        if state is None and self._order is not None and not self._follow:
            state = OrderState(self._order, epoch, 0)
        place: dict[str, Any] = {"rank": self._rank, "world": self._world}
        if self._tail is not None:
            place["tail"] = self._tail
        where: dict[str, Any] = {"epoch": epoch} if state is None else {"state": state.to_dict()}
        plan = self._anywhere({**self._request, **place, **where})
        if state is not None:
            state.order.check(plan.start.order)
        self._order = plan.start.order
        return plan

    def _anywhere(self, request: Mapping[str, Any]) -> ReadPlan:
        return anywhere(self._retry, lambda attempt: plan_read(self._service, self._service.control(attempt), request))


def _request(
    dataset: str | None,
    batch: int,
    shuffle: str,
    grouping: Grouping | None,
    seed: int,
    columns: Sequence[str] | None,
    layout: str,
    tensor: Mapping[str, Any] | None,
    follow: bool,
    further: Mapping[str, Any] | None,
) -> dict[str, Any]:
    request: dict[str, Any] = {"batch": batch, "shuffle": shuffle, "seed": seed, "max_message_bytes": _MESSAGE_BYTES}
    optional = {
        "dataset": dataset,
        "grouping": grouping.to_dict() if grouping else None,
        "columns": list(columns) if columns is not None else None,
        "layout": layout if layout != "columns" else None,
        "tensor": dict(tensor) if tensor is not None else None,
        "follow": follow or None,
    }
    return {**request, **{name: value for name, value in optional.items() if value is not None}, **(further or {})}


def _has_torch() -> bool:
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


def _can_pin() -> bool:
    import torch

    if torch.cuda.is_available():
        return True
    warnings.warn("pin_memory is set, and there is no accelerator to pin memory for; tensors stay in pageable memory", stacklevel=3)
    return False


def _place(rank: int | None, world: int | None) -> tuple[int, int]:
    if rank is not None or world is not None:
        rank, world = rank or 0, world or 1
    elif _has_torch() and _distributed() is not None:
        rank, world = _distributed() or (0, 1)
    else:
        rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    if not 0 <= rank < world:
        raise ValueError(f"rank {rank} is not below the world's {world} ranks")
    return rank, world


def _distributed() -> tuple[int, int] | None:
    from torch import distributed

    return (distributed.get_rank(), distributed.get_world_size()) if distributed.is_available() and distributed.is_initialized() else None


def _worker() -> Worker:
    if not _has_torch():
        return Worker()
    from torch.utils.data import get_worker_info

    info: Any = get_worker_info()  # type: ignore[no-untyped-call]
    return Worker() if info is None else Worker(info.id, info.num_workers)
