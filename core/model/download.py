"""The officially published weights: where they are, and a download that trusts nothing."""

import hashlib
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from core.errors import ModelError
from core.part_file import drop_link

_ROOT = (
    "http://software-dl.ti.com/jacinto7/esd/modelzoo/gplv3/08_02_00_11/edgeai-yolov5/"
    "pretrained_models/checkpoints/keypoint/coco/edgeai-yolov5"
)
_BEST = f"{_ROOT}/other/best_models"
_CHUNK = 1 << 18
_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Published:
    """One published checkpoint."""

    address: str
    ap: float  # keypoint AP on COCO val2017, as published
    size: int | None = None  # bytes; None: the publisher does not say
    sha256: str | None = None  # hex; None: the publisher does not say


PUBLISHED = {
    "s6-640": Published(
        f"{_BEST}/yolov5s6_640_60p7_85p3_kpts_head_6x_dwconv_3x3_lr_0p01/weights/last.pt", 0.575
    ),
    "s6-960": Published(
        f"{_BEST}/yolov5s6_960_64p8_87p4_kpts_head_6x_dwconv_3x3_lr_0p01/weights/last.pt", 0.637
    ),
    "m6-960": Published(
        f"{_BEST}/yolov5m6_960_67p8_89p3_kpts_head_6x_dwconv_3x3_lr_0p01/weights/last.pt", 0.674
    ),
    "l6-960": Published(
        f"{_BEST}/yolov5l6_960_69p6_90p1_kpts_head_6x_dwconv_3x3_lr_0p01/weights/last.pt", 0.694
    ),
    "s6-640-ti-lite": Published(f"{_ROOT}/yolov5s6_640_ti_lite_54p9_82p2/weights/last.pt", 0.549),
    "s6-960-ti-lite": Published(f"{_ROOT}/yolov5s6_960_ti_lite_59p7_85p6/weights/last.pt", 0.597),
}


def download(name: str, folder: Path, sha256: str | None = None) -> tuple[Path, str]:
    """Fetch a published checkpoint into `folder`; returns its path and its SHA-256.

    A file that is already there is used as it is. `sha256` is compared in place of the table's.
    Raises ModelError: unknown name, no network, wrong size or wrong hash.
    """
    if name not in PUBLISHED:
        raise ModelError(f"{name}: unknown published weights; there are {', '.join(PUBLISHED)}")
    return fetch(name, PUBLISHED[name], folder, sha256)


def fetch(name: str, entry: Published, folder: Path, sha256: str | None = None) -> tuple[Path, str]:
    """What `download` does, for an entry of the table."""
    path = folder / f"{name}.pt"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        try:
            drop_link(part)
            _stream(entry.address, part)
        except (urllib.error.URLError, OSError) as error:
            part.unlink(missing_ok=True)
            reason = getattr(error, "reason", error)
            raise ModelError(
                f"{name}: cannot be downloaded ({reason}); fetch {entry.address} by hand "
                f"on another machine and put it at {path}"
            ) from error
        part.replace(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    expected = sha256 or entry.sha256
    if expected is not None and digest != expected.lower():
        path.unlink()
        raise ModelError(
            f"{name}: refused, its SHA-256 is {digest} and should be {expected}; "
            "the file was removed"
        )
    if entry.size is not None and path.stat().st_size != entry.size:
        path.unlink()
        raise ModelError(f"{name}: refused, it should have {entry.size} bytes; it was removed")
    return path, digest


def _stream(address: str, part: Path) -> None:
    with (
        urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer,
        part.open("wb") as file,
        tqdm(
            total=int(answer.headers.get("Content-Length") or 0) or None, unit="B", unit_scale=True
        ) as bar,
    ):
        while chunk := answer.read(_CHUNK):
            file.write(chunk)
            bar.update(len(chunk))
