"""Folders of images: a film is followed, in photos each picture stands alone."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from app.clips.analysis import analysis_of
from app.settings import AppSettings
from core.run.stages import follow
from core.skeleton import COCO_17
from core.types import NO_PICTURE, Frame, FramePoses, PoseBatch
from core.video.photos import are_photos
from trackers.each_alone import EachAlone
from trackers.pose_tracker import PoseTracker


def scene(seed: int, width: int = 320, height: int = 180) -> NDArray[np.uint8]:
    """Patches of light and shade, as another place would have them for another seed."""
    coarse = np.random.default_rng(seed).integers(20, 235, (6, 10, 3), np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)


def exif_jpeg(path: Path, picture: NDArray[np.uint8], taken: str) -> None:
    """A JPEG file whose EXIF data hold the time of exposure (tag 0x9003)."""
    coded = cv2.imencode(".jpg", picture)[1].tobytes()
    text = taken.encode() + b"\0"
    tiff = b"II*\0\x08\0\0\0" + b"\x01\0" + b"\x69\x87\x04\0\x01\0\0\0\x1a\0\0\0" + b"\0\0\0\0"
    tiff += b"\x01\0" + b"\x03\x90\x02\0\x14\0\0\0\x2c\0\0\0" + b"\0\0\0\0" + text
    body = b"Exif\0\0" + tiff
    segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
    path.write_bytes(coded[:2] + segment + coded[2:])


def write(folder: Path, pictures: list[NDArray[np.uint8]]) -> str:
    for number, picture in enumerate(pictures):
        assert cv2.imwrite(str(folder / f"{number}.png"), picture)
    return str(folder)


def panned(count: int, step: int) -> list[NDArray[np.uint8]]:
    wide = scene(1, 320 + count * step)
    return [wide[:, k * step : k * step + 320] for k in range(count)]


def test_a_film_is_a_film_also_when_the_camera_pans(tmp_path: Path) -> None:
    assert not are_photos(write(tmp_path, panned(6, step=20)))


def test_one_grey_picture_after_another_is_a_film(tmp_path: Path) -> None:
    assert not are_photos(write(tmp_path, [np.full((60, 80, 3), 90, np.uint8)] * 3))


def test_pictures_of_different_places_are_photos(tmp_path: Path) -> None:
    assert are_photos(write(tmp_path, [scene(seed) for seed in range(6)]))


def test_pictures_of_different_sizes_are_photos(tmp_path: Path) -> None:
    pictures = [cv2.resize(scene(1), size) for size in ((320, 180), (320, 240), (320, 180))]
    assert are_photos(write(tmp_path, pictures))


def test_a_single_picture_is_a_photo(tmp_path: Path) -> None:
    write(tmp_path, [scene(1)])
    assert are_photos(str(tmp_path / "0.png"))


@pytest.mark.parametrize(("step_s", "photos"), [(1, False), (30, True)])
def test_times_of_exposure_tell_a_burst_from_photos(
    tmp_path: Path, step_s: int, photos: bool
) -> None:
    for number, picture in enumerate(panned(5, step=2)):
        seconds = number * step_s
        taken = f"2026:05:01 10:{seconds // 60:02d}:{seconds % 60:02d}"
        exif_jpeg(tmp_path / f"{number}.jpg", picture, taken)
    assert are_photos(str(tmp_path)) is photos


def test_the_setting_has_the_last_word(tmp_path: Path) -> None:
    film = write(tmp_path, panned(4, step=2))
    assert are_photos(film, "photos")
    assert not are_photos(film, "film")


def person(x: float, score: float) -> PoseBatch:
    box = np.array([[x, 20, x + 40, 120]], np.float32)
    return PoseBatch(
        box,
        np.array([score], np.float32),
        np.repeat(box[:, None, :2], 17, axis=1),
        np.full((1, 17), 0.8, np.float32),
    )


def test_each_picture_stands_alone(tmp_path: Path) -> None:
    """Somebody in the same place is somebody else, weak people count, and nobody is filled in."""
    photos = analysis_of(
        write(tmp_path, [scene(seed) for seed in range(4)]), AppSettings(), None, COCO_17
    )
    assert isinstance(photos.tracker, EachAlone)
    assert photos.join is None
    found = [person(50, 0.9), person(50, 0.35), PoseBatch.empty(), person(50, 0.2)]
    frames = (
        FramePoses(Frame(number, number / 25, 0, NO_PICTURE), poses)
        for number, poses in enumerate(found)
    )
    results = follow(frames, photos.tracker, photos.least_score)
    assert [result.tracks.ids.tolist() for result in results] == [[1], [2], [], []]


def test_a_film_in_a_folder_is_tracked(tmp_path: Path) -> None:
    film = analysis_of(write(tmp_path, panned(4, step=2)), AppSettings(), None, COCO_17)
    assert isinstance(film.tracker, PoseTracker)
    assert film.join is not None


@pytest.mark.parametrize(("name", "people"), [("14_images/a_rgb.png", 4), ("33_short/n6.mp4", 4)])
def test_nobody_is_lost_in_short_clips(
    shared: Path, tmp_path: Path, name: str, people: int
) -> None:
    from app.__main__ import main

    clip = shared / "data" / "reports" / name
    if not clip.exists():
        pytest.skip("no such local clip")
    assert main(["process", str(clip), "--output", str(tmp_path)]) == 0
    record = json.loads((tmp_path / f"{clip.stem}.meta.json").read_text())
    assert len(record["track_ids"]) == people


@pytest.mark.parametrize("name", ["a.webp", "a.png"])
def test_an_animation_is_a_film(tmp_path: Path, name: str) -> None:
    moving = cv2.Animation()
    moving.frames = [scene(seed) for seed in range(3)]
    moving.durations = [40] * 3
    assert cv2.imwriteanimation(str(tmp_path / name), moving)
    assert not are_photos(str(tmp_path / name))


def test_pages_of_a_stack_are_compared(tmp_path: Path) -> None:
    assert cv2.imwritemulti(str(tmp_path / "film.tif"), panned(4, step=20))
    assert cv2.imwritemulti(str(tmp_path / "photos.tif"), [scene(seed) for seed in range(4)])
    assert not are_photos(str(tmp_path / "film.tif"))
    assert are_photos(str(tmp_path / "photos.tif"))
