"""The officially published weights: where they are, and a download that trusts nothing."""

import hashlib
import json
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from tqdm import tqdm

from core.errors import ModelError, OutputError
from core.json_text import read_json_text
from core.part_file import PartFile, make_folder, whole_file, write_whole
from core.zip_errors import ZIP_ERRORS

_ROOT = (
    "http://software-dl.ti.com/jacinto7/esd/modelzoo/gplv3/08_02_00_11/edgeai-yolov5/"
    "pretrained_models/checkpoints/keypoint/coco/edgeai-yolov5"
)
_BEST = f"{_ROOT}/other/best_models"
_RTMO = "https://download.openmmlab.com/mmpose/v1/projects/rtmo/onnx_sdk"
_INSIDE = "end2end.onnx"  # the network in the archives of RTMO's makers
_LARGEST = 1 << 30  # bytes that are taken out of an archive
_HASHES = "hashes.json"
FREE = ("Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause")
_CHUNK = 1 << 18
_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Published:
    """One published network."""

    address: str
    ap: float  # keypoint AP on COCO val2017, as published
    size: int | None = None  # bytes; None: the publisher does not say
    sha256: str | None = None  # hex; None: the publisher does not say
    licence: str = "GPL-3.0"
    kind: Literal["pt", "zip"] = "pt"  # a checkpoint, or an archive with an ONNX file


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
    **{
        name: Published(f"{_RTMO}/{file}.zip", ap, licence="Apache-2.0", kind="zip")
        for name, file, ap in (
            ("rtmo-t", "rtmo-t_8xb32-600e_body7-416x416-f48f75cb_20231219", 0.574),
            ("rtmo-s", "rtmo-s_8xb32-600e_body7-640x640-dac2bf74_20231211", 0.686),
            ("rtmo-m", "rtmo-m_16xb16-600e_body7-640x640-39e78cc4_20231211", 0.726),
            ("rtmo-l", "rtmo-l_16xb16-600e_body7-640x640-b37118ce_20231211", 0.748),
        )
    },
}


def networks_folder() -> Path:
    """Where downloaded networks of this user are, which `--model NAME` finds."""
    return user_data_path("yolopose", appauthor=False) / "networks"


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
    path = folder / f"{name}.{entry.kind}"
    if not path.is_file():
        make_folder(folder)
        with PartFile(path) as part:
            try:
                _stream(entry.address, part)
            except OutputError:
                part.drop()
                raise
            except (urllib.error.URLError, OSError) as error:
                part.drop()
                reason = getattr(error, "reason", error)
                raise ModelError(
                    f"{name}: cannot be downloaded ({reason}); fetch {entry.address} by hand "
                    f"on another machine and put it at {path}"
                ) from error
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    expected = sha256 or entry.sha256 or remembered_hash(name, folder)
    if expected is not None and digest != expected.lower():
        path.unlink()
        raise ModelError(
            f"{name}: refused, its SHA-256 is {digest} and should be {expected}; "
            "the file was removed"
        )
    if entry.size is not None and path.stat().st_size != entry.size:
        path.unlink()
        raise ModelError(f"{name}: refused, it should have {entry.size} bytes; it was removed")
    hashes = _hashes(folder) | {name: digest}
    write_whole(folder / _HASHES, json.dumps(hashes, indent=2) + "\n")
    return path, digest


def remembered_hash(name: str, folder: Path) -> str | None:
    """The SHA-256 of the first download of that name into a folder."""
    return _hashes(folder).get(name)


def unpack_network(archive: Path, entry: Published) -> Path:
    """Take the ONNX file out of a downloaded archive, and say its licence in a file beside it.

    Nothing else is taken out. Raises ModelError for an archive without it, and OutputError.
    """
    target = archive.with_suffix(".onnx")
    try:
        with zipfile.ZipFile(archive) as file:
            inside = next(
                (item for item in file.infolist() if Path(item.filename).name == _INSIDE), None
            )
            if inside is None:
                raise ModelError(f"{archive}: holds no {_INSIDE}")
            if inside.file_size > _LARGEST:
                raise ModelError(f"{archive}: {_INSIDE} is larger than any network, not taken out")
            with whole_file(target) as part, file.open(inside) as source, part.open("wb") as out:
                while chunk := source.read(_CHUNK):
                    out.write(chunk)
    except ZIP_ERRORS as error:
        raise ModelError(f"{archive}: is no archive that can be read ({error})") from error
    write_whole(target.with_suffix(".yaml"), f"licence: {entry.licence}\n")
    return target


def _hashes(folder: Path) -> dict[str, str]:
    try:
        told = read_json_text((folder / _HASHES).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    known = told.items() if isinstance(told, dict) else ()
    return {name: value for name, value in known if isinstance(value, str)}


def _stream(address: str, file: PartFile) -> None:
    """Write what is at an address.

    Raises OutputError, and OSError also where the connection ends too early.
    """
    with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:
        told, done = int(answer.headers.get("Content-Length") or 0), 0
        with tqdm(total=told or None, unit="B", unit_scale=True) as bar:
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                done += len(chunk)
                bar.update(len(chunk))
    if done < told:
        raise OSError(f"the connection ended after {done} of {told} bytes")
