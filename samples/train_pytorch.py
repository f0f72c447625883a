#!/usr/bin/env python3
"""Trains a small network on the flights' training set 'delays', straight from memory over Arrow Flight: will a flight arrive late?

    features init flights && cd flights && features apply
    features ingest departures data/flights.parquet && features ingest airports data/airports.csv
    features dataset create delays && features serve &
    pip install torch pyarrow && pip install ../python/features_client
    python ../samples/train_pytorch.py grpc://127.0.0.1:7071

Stop it wherever you like and start it again: it goes on at the next unseen flight. With several ranks: torchrun --nproc-per-node 2 samples/train_pytorch.py …;
a checkpoint of two ranks is taken up by three, or by one, at the same place. It uses a GPU where there is one, and needs none.
"""

import argparse
import contextlib
import os
import pathlib
import time

import torch
from features_client import FlightDataset
from torch import distributed, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.parallel import DistributedDataParallel

# Known when the flight departs; the last days are kept to judge by.
TRAIN = "departs_at < TIMESTAMP '2001-01-28'"
JUDGE = "departs_at >= TIMESTAMP '2001-01-28'"


def main():
    options = arguments()
    if "RANK" in os.environ:
        distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    first = not distributed.is_initialized() or distributed.get_rank() == 0
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if torch.cuda.is_available() else torch.device("cpu")

    train = flights(options, TRAIN, shuffle="global", seed=options.seed, batch=options.batch, tail="drop", pin_memory=device.type == "cuda")
    judge = flights(options, JUDGE, batch=1 << 16, rank=0, world=1)

    torch.manual_seed(options.seed)
    width = len(next(iter(judge))["features"][0])
    model = nn.Sequential(Known(width), nn.Linear(2 * width, 64), nn.ReLU(), nn.Linear(64, 1)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    if options.checkpoint.exists():
        saved = torch.load(options.checkpoint, map_location=device)
        model.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        train.load_state_dict(saved["data"])
        if first:
            print(f"resumes at flight {saved['data']['position']:,} of epoch {train.epoch + 1}")
    learner = DistributedDataParallel(model) if distributed.is_initialized() else model

    def save():
        # The state is the same on every rank: one of them keeps it for all.
        if first:
            parts = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "data": train.state_dict()}
            torch.save(parts, options.checkpoint.with_suffix(".new"))
            options.checkpoint.with_suffix(".new").replace(options.checkpoint)

    while train.epoch < options.epochs:
        epoch, began, rows, total = train.epoch, time.perf_counter(), 0, 0.0
        learner.train()
        for step, batch in enumerate(train):
            inputs, late = batch["features"].to(device, non_blocking=True), batch["late"].to(device, torch.float32, non_blocking=True)
            loss = binary_cross_entropy_with_logits(learner(inputs).squeeze(1), late)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rows, total = rows + len(late), total + loss.item() * len(late)
            if (step + 1) % options.save_every == 0:
                save()
            if options.stop_after and step + 1 == options.stop_after:
                save()
                return
        if rows == 0:
            continue
        save()
        if first:
            seconds = time.perf_counter() - began
            print(f"epoch {epoch + 1}  log loss {total / rows:.4f}, unseen days {judged(model, judge, device):.4f}  ({rows:,} flights, {rows / seconds:,.0f} a second)")


def flights(options, rows, **how):
    """Numeric features packed into one tensor; what is missing is NaN."""
    return FlightDataset(options.location, "delays", layout="tensor", request={"filter": rows}, token=os.environ.get("FEATURES_TOKEN"), **how)


class Known(nn.Module):
    """Scales what is known by running means and deviations, puts 0 for what is not, and says which is which."""

    def __init__(self, width, momentum=0.01):
        super().__init__()
        self.momentum = momentum
        self.register_buffer("steps", torch.zeros(()))
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("square", torch.ones(width))

    def forward(self, x):
        known = ~x.isnan()
        x = x.nan_to_num(0.0)
        if self.training:
            count = known.sum(0).clamp(min=1)
            self.steps += 1
            weight = (1 / self.steps).clamp(min=self.momentum)
            self.mean += weight * (x.sum(0) / count - self.mean)
            self.square += weight * ((x * x).sum(0) / count - self.square)
        deviation = (self.square - self.mean * self.mean).clamp(min=1e-6).sqrt()
        return torch.cat([torch.where(known, (x - self.mean) / deviation, 0.0), known.to(x.dtype)], 1)


def judged(model, data, device):
    """The log loss on flights that the model has not learned from."""
    model.eval()
    total = rows = 0
    with torch.no_grad():
        for batch in data:
            late = batch["late"].to(device, torch.float32)
            total += binary_cross_entropy_with_logits(model(batch["features"].to(device)).squeeze(1), late, reduction="sum").item()
            rows += len(late)
    model.train()
    data.set_epoch(0)
    return total / rows


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("location", help="where 'features serve' answers, such as grpc://127.0.0.1:7071")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--checkpoint", type=pathlib.Path, default=pathlib.Path("delays.pt"))
    parser.add_argument("--save-every", type=int, default=50, help="steps between checkpoints")
    parser.add_argument("--stop-after", type=int, default=0, help="stop after so many steps of an epoch, to try resuming")
    return parser.parse_args()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
