"""SLEAP analysis files: CSV, and H5 as its MATLAB-minded exporter lays it out."""

import json
from pathlib import Path

import numpy as np

from core.part_file import PartFile
from core.tracks.formats.extras import library
from core.tracks.formats.people import Clip, people_of
from core.tracks.formats.text_tables import number
from core.tracks.table import NOBODY, TrackTable


def write_sleap_csv(path: Path, table: TrackTable, clip: Clip) -> None:
    """`track,frame_idx,instance.score,nose.x,nose.y,nose.score,...`. Raises OutputError.

    A row a person and frame; frames without people have none, and there are no times.
    """
    parts = (f"{name}.{part}" for name in clip.skeleton.names for part in ("x", "y", "score"))
    seen = (table.keypoint_scores > 0) & np.isfinite(table.keypoints).all(axis=2)
    with PartFile(path) as file:
        file.write((",".join(("track", "frame_idx", "instance.score", *parts)) + "\n").encode())
        for row in np.flatnonzero(table.ids != NOBODY).tolist():
            start = f"track_{table.ids[row]},{table.frames[row]},{number(table.scores[row], 4)}"
            cells = [
                f"{number(x, 2)},{number(y, 2)},{number(score, 4)}" if visible else ",,"
                for (x, y), score, visible in zip(
                    table.keypoints[row].tolist(),
                    table.keypoint_scores[row].tolist(),
                    seen[row].tolist(),
                    strict=True,
                )
            ]
            file.write((",".join((start, *cells)) + "\n").encode())


def write_sleap_h5(path: Path, table: TrackTable, clip: Clip) -> None:
    """Arrays for the frames 0 to n - 1, axes reversed as SLEAP stores them. Raises OutputError.

    `tracks` (tracks, 2, nodes, frames), `track_occupancy` (frames, tracks), `point_scores`
    (tracks, nodes, frames), `instance_scores` and `tracking_scores` (tracks, frames).
    """
    h5py = library("h5py", "SLEAP H5")
    people = people_of(table)
    given, count = np.unique(table.frames), int(table.frames.max()) + 1
    nodes = len(clip.skeleton)
    tracks = np.full((len(people), 2, nodes, count), np.nan)
    point_scores = np.full((len(people), nodes, count), np.nan)
    instance_scores = np.full((len(people), count), np.nan)
    occupancy = np.zeros((count, len(people)), np.uint8)
    for number_, person in enumerate(people):
        tracks[number_][..., given] = person.keypoints.transpose(2, 1, 0)
        point_scores[number_][:, given] = person.keypoint_scores.T
        instance_scores[number_, given] = person.scores
        occupancy[given, number_] = person.present
    names, edges = clip.skeleton.names, clip.skeleton.limbs
    text = h5py.string_dtype()
    # Made in memory: its library does not survive a disk that is full.
    with h5py.File(path.name, "w", driver="core", backing_store=False) as file:
        for key, values in (
            ("tracks", tracks),
            ("track_occupancy", occupancy),
            ("point_scores", point_scores),
            ("instance_scores", instance_scores),
            ("tracking_scores", np.full(instance_scores.shape, np.nan)),
        ):
            packed = {"compression": "gzip", "compression_opts": 9} if values.size else {}
            file.create_dataset(key, data=values, **packed)
        file.create_dataset(
            "track_names", data=[f"track_{person.track_id}" for person in people], dtype=text
        )
        file.create_dataset("node_names", data=list(names), dtype=text)
        file.create_dataset("edge_names", data=[[names[a], names[b]] for a, b in edges], dtype=text)
        file.create_dataset("edge_inds", data=np.array(edges, np.int64))
        file.create_dataset("labels_path", data="")
        file.create_dataset("video_path", data=clip.video)
        file.create_dataset("video_ind", data=0)
        file.create_dataset("provenance", data=json.dumps({"program": "yolopose"}))
        file.flush()
        image = file.id.get_file_image()
    with PartFile(path) as whole:
        whole.write(image)
