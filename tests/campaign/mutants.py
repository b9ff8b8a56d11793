"""Part 1: files of every kind, damaged at random: read, or refused in one sentence."""

import gc
import random
import shutil
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from campaign import readers, readers_of_labels, readers_of_space, seeds, seeds_of_media
from campaign.forked import Outcome, in_child
from campaign.mutations import mutated
from campaign.readers import Reader
from campaign.seeds import Seed


@dataclass(frozen=True, slots=True)
class Kind:
    """Files of one kind: valid ones, who reads them, and their share of all mutants."""

    make: Callable[[Path], Iterator[Seed]]
    read: Reader
    share: float


def _weights(folder: Path) -> Iterator[Seed]:
    from campaign import seeds_of_networks  # loads torch, which makes forks slow

    yield from seeds_of_networks.weights(folder)


def _graphs(folder: Path) -> Iterator[Seed]:
    from campaign import seeds_of_networks

    yield from seeds_of_networks.graphs(folder)


def _of_space(name: str) -> Callable[[Path], Iterator[Seed]]:
    def make(folder: Path) -> Iterator[Seed]:
        from campaign import seeds_of_space

        yield from getattr(seeds_of_space, name)(folder)

    return make


def _of_labels(name: str, *form: str) -> Callable[[Path], Iterator[Seed]]:
    def make(folder: Path) -> Iterator[Seed]:
        from campaign import seeds_of_labels  # loads sleap-io and Qt

        maker = getattr(seeds_of_labels, name)
        yield from (maker(*form) if form else maker)(folder)

    return make


KINDS = {
    "videos": Kind(seeds_of_media.videos, readers.read_video, 0.40),
    "images": Kind(seeds_of_media.images, readers.read_image, 0.10),
    "tables": Kind(seeds.tracks, readers.read_tracks, 0.12),
    "settings": Kind(seeds.settings, readers.read_settings, 0.07),
    "labels": Kind(seeds.labels, readers.read_labels, 0.07),
    "edits": Kind(seeds.edits, readers.read_edits, 0.05),
    "poses": Kind(seeds.kept_poses, readers.read_poses, 0.05),
    "records": Kind(seeds.records, readers.read_record, 0.03),
    "sequences": Kind(seeds.sequences, readers.read_sequence, 0.03),
    "archives": Kind(seeds.archives, readers.read_archive, 0.03),
    "weights": Kind(_weights, readers.read_weights, 0.03),
    "graphs": Kind(_graphs, readers.read_onnx, 0.02),
    "calibrations": Kind(_of_space("calibrations"), readers_of_space.read_calibrations, 0.1),
    "clocks": Kind(_of_space("clocks"), readers_of_space.read_clocks, 0.1),
    "skeletons": Kind(_of_space("tracks3d"), readers_of_space.read_space, 0.1),
    "boards": Kind(_of_space("boards"), readers_of_space.read_board, 0.1),
    "cvat": Kind(_of_labels("of_form", "cvat"), readers_of_labels.read_foreign_labels, 0.1),
    "label studio": Kind(
        _of_labels("of_form", "label-studio"), readers_of_labels.read_foreign_labels, 0.1
    ),
    "yolo": Kind(_of_labels("of_form", "yolo"), readers_of_labels.read_foreign_labels, 0.1),
    "deeplabcut": Kind(
        _of_labels("of_form", "deeplabcut"), readers_of_labels.read_foreign_labels, 0.1
    ),
    "deeplabcut h5": Kind(
        _of_labels("of_hdf5", "deeplabcut-h5"), readers_of_labels.read_foreign_labels, 0.1
    ),
    "sleap": Kind(_of_labels("of_hdf5", "sleap"), readers_of_labels.read_foreign_labels, 0.1),
    "lessons": Kind(_of_labels("lessons"), readers_of_labels.read_lessons, 0.1),
    "windows": Kind(_of_labels("windows"), readers_of_labels.read_window, 0.1),
}


@dataclass(slots=True)
class Tally:
    """What became of the mutants of one kind."""

    counts: Counter[str] = field(default_factory=Counter)
    found: dict[str, list[str]] = field(default_factory=dict)  # words -> mutants

    def add(self, mutant: str, outcome: Outcome) -> None:
        """Count an outcome."""
        self.counts[outcome.result] += 1
        if outcome.result == "found":
            self.found.setdefault(outcome.words, []).append(mutant)


def run_kind(name: str, count: int, folder: Path, first: int = 0) -> Tally:
    """Read `count` mutants of one kind, and first the valid files, which must be good.

    A mutant that finds something stays in `folder`/found. Its number makes it again.
    """
    kind, tally = KINDS[name], Tally()
    made = folder / "seeds" / name
    made.mkdir(parents=True, exist_ok=True)
    all_seeds = list(kind.make(made))
    contents = [seed.data for seed in all_seeds]
    gc.freeze()  # a child that frees nothing copies no pages
    for seed in all_seeds:
        outcome = _read(kind, seed.name, seed.data, folder, 0)
        if outcome.result != ("good" if seed.is_taken else "refused"):
            tally.add(
                f"{seed.name} as it is", Outcome("found", f"{outcome.result}: {outcome.words}")
            )
    for number in range(first, first + count):
        chance = random.Random(zlib.crc32(f"{name} {number}".encode()))
        seed = all_seeds[number % len(all_seeds)]
        if seed.inside is not None and chance.random() < 0.6:
            way, data = "inside", seed.inside(chance)
        else:
            way, data = mutated(seed.data, contents, seed.is_text, chance)
        outcome = _read(kind, seed.name, data, folder, number)
        tally.add(f"{number} ({seed.name}, {way})", outcome)
        if outcome.result == "found":
            kept = folder / "found"
            kept.mkdir(exist_ok=True)
            (kept / f"{name}-{number}-{seed.name}").write_bytes(data)
    return tally


def _read(kind: Kind, name: str, data: bytes, folder: Path, number: int) -> Outcome:
    """A child of its own reads the file, in a folder of its own."""
    place = folder / "now"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    path = place / name
    path.write_bytes(data)
    return in_child(lambda: kind.read(path, random.Random(number)))
