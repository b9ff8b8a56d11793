"""Small valid files of the kinds that the program writes itself, and labels, made here."""

import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from walker import table, walker

from app.settings import AppSettings
from core.run.pose_file import PoseFile, PosesOf
from core.settings import as_dict
from core.skeleton import COCO_17
from core.tracks.csv_long import write_track_csv
from core.tracks.edits.file import save_edits
from core.tracks.edits.log import Anchor, Edit
from core.types import CameraMotion, Frame, PoseBatch, Sight
from core.yaml_text import write_yaml
from trackers.appearance import LENGTH


@dataclass(frozen=True, slots=True)
class Seed:
    """A valid file. `inside` makes a variant whose check sums are right and contents are not."""

    name: str
    data: bytes
    is_text: bool = False
    inside: Callable[[random.Random], bytes] | None = None
    is_taken: bool = True  # False: refused even as it is, for another reason than damage


def tracks(folder: Path) -> Iterator[Seed]:
    """A table of two people, and of frames without anybody."""
    # Loaded here: a child that loads them itself takes two seconds.
    import scipy.signal  # noqa: F401

    import app.commands.convert
    import app.commands.measure
    import app.commands.report  # noqa: F401

    times_s = np.arange(30) / 25
    people = {1: walker(times_s)[0], 2: walker(times_s, origin=(700.0, 450.0), facing=-1)[0]}
    present = {1: times_s >= 0, 2: times_s > 0.5}
    write_track_csv(folder / "tracks.csv", table(people, times_s, present=present))
    nobody = {1: np.zeros(30, np.bool_)}
    write_track_csv(folder / "empty.csv", table({1: people[1]}, times_s, present=nobody))
    for name in ("tracks.csv", "empty.csv"):
        yield Seed(name, (folder / name).read_bytes(), True)


def settings(folder: Path) -> Iterator[Seed]:
    """All settings, and the recipes that ship."""
    yield Seed("settings.yaml", write_yaml(as_dict(AppSettings())).encode(), True)
    words = "a: &a [1, 2, {b: 'c', d: \"e\"}]\nf: *a\ng: |\n  text\nh: !!str 1\ni: {<<: {j: 1}}\n"
    yield Seed("words.yaml", words.encode(), True)
    root = Path(__file__).resolve().parents[2]
    for path in sorted((root / "configs" / "train").glob("*.yaml"))[:3]:
        yield Seed(path.name, path.read_bytes(), True)


def labels(folder: Path) -> Iterator[Seed]:
    """COCO labels of two pictures, with and without named joints."""
    person = {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "bbox": [4.0, 5.0, 30.5, 40.0],
        "area": 640.0,
        "iscrowd": 0,
        "num_keypoints": 17,
        "keypoints": [value for joint in range(17) for value in (5 + joint, 6.5 + joint, 2)],
    }
    images = [
        {"id": number, "file_name": f"{number}.png", "width": 64, "height": 48} for number in (1, 2)
    ]
    plain = {"id": 1, "name": "person"}
    for name, category in (
        ("plain.json", plain),
        ("named.json", plain | {"keypoints": list(COCO_17.names)}),
    ):
        people = [person, person | {"id": 2, "image_id": 2, "iscrowd": 1}]
        content = {"images": images, "annotations": people, "categories": [category]}
        yield Seed(name, json.dumps(content, indent=1).encode(), True)


def edits(folder: Path) -> Iterator[Seed]:
    """One edit of each kind."""
    anchor = Anchor(3, (1.0, 2.0, 30.0, 40.0))
    made = [
        Edit("name", (1,), name="Ann", anchors=(anchor,)),
        Edit("split", (1, 5), 10, anchors=(anchor,)),
        Edit("swap", (1, 2), 4, anchors=(anchor, anchor)),
        Edit("merge", (1, 2), anchors=(anchor, anchor)),
        Edit("hide", (5,), anchors=(anchor,)),
        Edit("show", (5,), anchors=(anchor,)),
    ]
    save_edits(folder / "clip.edits.json", made)
    yield Seed("clip.edits.json", (folder / "clip.edits.json").read_bytes(), True)


def kept_poses(folder: Path) -> Iterator[Seed]:
    """Poses of 12 frames, with a camera that moves."""
    # Loaded here: a child that loads them itself takes two seconds.
    import app.commands.replay  # noqa: F401
    from trackers.motion import load_filters

    load_filters()
    path = folder / "clip.poses"
    random_numbers = np.random.default_rng(0)
    with PoseFile.create(path, PosesOf({"source": "x", "versions": {"a": "1"}})) as kept:
        for number in range(12):
            count = number % 3
            corner = random_numbers.uniform(0, 30, (count, 2)).astype(np.float32)
            poses = PoseBatch(
                np.concatenate([corner, corner + 30], axis=1),
                np.full(count, 0.9, np.float32),
                random_numbers.uniform(0, 60, (count, 17, 2)).astype(np.float32),
                np.full((count, 17), 0.8, np.float32),
            )
            picture = np.zeros((48, 64, 3), np.uint8)
            warp = np.array([[1, 0, 0.5], [0, 1, 0]]) if number % 2 else None
            looks = random_numbers.integers(0, 256, (count, LENGTH), np.uint8)
            sight = Sight(CameraMotion(warp), looks)
            kept.write(Frame(number, number / 25, 0, picture), poses, sight)
        kept.end(12)
    data = path.read_bytes()
    yield Seed("clip.poses", data, inside=_poses_inside(data))


def records(folder: Path) -> Iterator[Seed]:
    """The record beside a result, and the hidden one."""
    source = {"source": "clip.mp4", "from_here": "../clip.mp4", "sha256": "0" * 64}
    content = {
        "source": source,
        "results": ["clip.csv", "clip.meta.json", "clip.mp4"],
        "model": {"name": "mobile", "sha256": "0" * 64},
        "settings": as_dict(AppSettings()),
        "frames": {"decoded": 3, "lost": 0, "warning": None},
    }
    yield Seed("clip.meta.json", json.dumps(content, indent=1).encode(), True)
    made = {"clip.coco.json": source, "clip.mot.txt": source}
    yield Seed(".clip.made.json", json.dumps(made, indent=1).encode(), True, is_taken=False)


def archives(folder: Path) -> Iterator[Seed]:
    """A data set as `pack` writes it."""
    from stick_people import write_dataset

    from core.train.archives import pack_dataset

    (piece,) = pack_dataset(write_dataset(folder / "data", 2, 64), 64, folder / "packed", COCO_17)
    data = piece.read_bytes()
    yield Seed("people-000.zip", data)
    with zipfile.ZipFile(piece) as archive:
        text = archive.read("people.json").decode()

    def inside(chance: random.Random) -> bytes:
        from campaign.mutations import TEXTS

        path = folder / "inside.zip"
        with zipfile.ZipFile(piece) as old, zipfile.ZipFile(path, "w") as new:
            new.comment = json.dumps({"data": "people", "piece": 0, "last": True}).encode()
            for name in old.namelist():
                content = old.read(name)
                if name == "people.json":
                    changed = chance.choice(list(TEXTS.values()))(text, chance)
                    content = changed.encode("utf-8", "surrogatepass")
                new.writestr(name, content)
        return path.read_bytes()

    yield Seed("people-001.zip", data, inside=inside)


def _poses_inside(data: bytes) -> Callable[[random.Random], bytes]:
    """Records of kept poses changed, their check sums right."""

    def inside(chance: random.Random) -> bytes:
        from campaign.mutations import BYTES

        at = data.index(b"\n", data.index(b"\n") + 1) + 1
        made = [data[:at]]
        chosen = chance.randrange(13)
        number = 0
        while at < len(data):
            (length,) = struct.unpack_from("<I", data, at)
            body = bytearray(data[at + 8 : at + 8 + length])
            if number == chosen:
                head = body[:75]
                BYTES[chance.choice(("flip", "limits", "blank"))](head, chance)
                body[:75] = head
            made.append(struct.pack("<II", len(body), zlib.crc32(body)) + body)
            at += 8 + length
            number += 1
        return b"".join(made)

    return inside


def sequence_files() -> dict[str, str]:
    """A sequence of three frames with two people, by the places of its files."""
    lines = [f"{frame},{who},{10 + frame},20,40,100,1,1,1" for frame in (1, 2, 3) for who in (1, 2)]
    found = "\n".join(line.replace(",1,1,1", ",0.9,-1,-1,-1") for line in lines)
    person = {"track_id": 1, "score": 0.9, "bbox": [1, 2, 30, 40], "keypoints": [[5, 6, 1]] * 3}
    frames = [{"frame": frame, "people": [person]} for frame in (1, 2, 3)]
    poses = {"joints": ["nose", "left_knee", "head_top"], "frames": frames}
    return {
        "seqinfo.ini": "[Sequence]\nframeRate=10\nseqLength=3\n",
        "det/det.txt": found,
        "gt/gt.txt": "\n".join(lines),
        "pose/gt_pose.json": json.dumps(poses),
        "pose/det_noisy.json": json.dumps(poses),
    }


def sequences(folder: Path) -> Iterator[Seed]:
    """Each of those files; the others are laid beside it where it is read."""
    for name, text in sequence_files().items():
        yield Seed(name.replace("/", "--"), text.encode(), True)
