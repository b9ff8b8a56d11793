"""The checked frames of a clip as pictures with labels, for lessons and for other tools."""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from core.errors import OutputError
from core.part_file import make_folder, write_whole
from core.run.recorded import Progress
from core.tracks.formats.coco_labels import PROPOSED, person_category, write_picture
from core.tracks.improve.truth import ListedFrame, coco_people
from core.video.seek import open_seekable

LABELS = "people.json"
COCO = "coco"
Json = dict[str, Any]


def label_forms() -> list[str]:
    """All forms that labels are exported in, by name."""
    # Not before somebody exports.
    from core.tracks.formats.label_files import LABEL_FORMATS

    return [COCO, *LABEL_FORMATS]


def labelled_pictures(
    source: str, frames: Sequence[ListedFrame], folder: Path
) -> Generator[tuple[Json, list[Json]], None, None]:
    """Write each checked frame as a picture; its COCO image and people. Raises UserError."""
    count = 0
    with open_seekable(source) as video:
        for item in frames:
            if item.truth is None:
                continue
            name, (width, height) = write_picture(folder, item.frame, video.frame(item.frame).rgb)
            image = {"id": item.frame, "file_name": name, "width": width, "height": height}
            people = coco_people(item.truth, item.frame, count + 1)
            count += len(people)
            yield image | {PROPOSED: item.proposal.why}, people


def write_labels(
    source: str, frames: Sequence[ListedFrame], folder: Path
) -> Generator[Progress, None, None]:
    """Pictures, and `people.json` with a COCO keypoints data set of them. Raises UserError."""
    images: list[Json] = []
    people: list[Json] = []
    yield Progress(0, len(frames))
    with closing(labelled_pictures(source, frames, folder)) as pictures:
        for image, found in pictures:
            images.append(image)
            people += found
            yield Progress(len(images), len(frames))
    content = {"images": images, "annotations": people, "categories": [person_category()]}
    write_whole(folder / LABELS, json.dumps(content) + "\n")


def export_labels(
    source: str, frames: Sequence[ListedFrame], form: str, folder: Path
) -> Iterator[Progress]:
    """Checked frames as pictures with labels in a form, all of them or nothing. Raises UserError.

    A file that is there already is never replaced.
    """
    from core.tracks.formats.label_files import LABEL_FORMATS, planned_labels

    pictures = [f"{item.frame:06d}.jpg" for item in frames]
    labels = [LABELS] if form == COCO else planned_labels(form, pictures)
    for name in (*pictures, *labels):
        if (folder / name).exists():
            raise OutputError(f"{folder / name}: is there already; choose another folder")
    make_folder(folder)
    with TemporaryDirectory(dir=folder) as made:
        part = Path(made)
        yield from write_labels(source, frames, part)
        if form != COCO:
            content = json.loads((part / LABELS).read_text(encoding="utf-8"))
            (part / LABELS).unlink()
            for name, text in LABEL_FORMATS[form](content):
                (part / name).write_bytes(text.encode() if isinstance(text, str) else text)
        for path in sorted(part.iterdir()):
            path.rename(folder / path.name)
