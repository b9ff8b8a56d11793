"""`python packaging/build.py`: the program, its sample and weights as one folder, for Linux.

Makes an environment of its own, installs the program and PyInstaller into it, freezes, leaves
out what is of no use and packs the folder. Needs Python, pip and binutils; no compiler.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
FREEZER = "pyinstaller>=6.11,<7"
# Libraries that FFmpeg alone needs in OpenCV's package.
_ONLY_FFMPEG = re.compile(r"lib(vpx|crypto|ssl)-")
_FFMPEG = re.compile(
    r"lib(?P<name>av(?:codec|device|filter|format|util)|sw(?:resample|scale))-\w+\.so\.(?P<major>\d+)\."
)


def main() -> None:
    """Build, and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build", metavar="DIR")
    parser.add_argument("--python", type=Path, help="an interpreter that has all of it already")
    arguments = parser.parse_args()
    output = arguments.output.resolve()
    python = arguments.python or make_environment(output / "environment")
    folder = freeze(python, output)
    strip(folder)
    share_ffmpeg(folder / "_internal")
    shutil.copytree(HERE / "linux", folder, dirs_exist_ok=True)
    shutil.copytree(HERE / "texts", folder / "licences", dirs_exist_ok=True)
    for name in ("LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, folder)
    run(folder / "yolopose", "licences", "--output", folder / "licences" / "parts.txt")
    archive = pack(folder, output)
    size_mb = sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
    print(f"{folder}: {size_mb:.0f} MB; {archive}: {archive.stat().st_size / 1e6:.0f} MB")


def make_environment(folder: Path) -> Path:
    """A fresh environment with the program as a user installs it; returns its interpreter."""
    venv.create(folder, clear=True, with_pip=True)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", FREEZER, ROOT)
    return python


def freeze(python: Path, output: Path) -> Path:
    """Run PyInstaller; returns the folder."""
    places = ("--distpath", output, "--workpath", output / "work")
    spec = HERE / "yolopose.spec"
    run(python, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *places, spec)
    return output / "yolopose"


def strip(folder: Path) -> None:
    """Take symbols out of libraries, but for those that wheels have moved: they would break."""
    files = [
        path
        for path in folder.rglob("*.so*")
        if path.is_file() and not path.is_symlink() and not path.parent.name.endswith(".libs")
    ]
    run("strip", "--strip-unneeded", *files)


def share_ffmpeg(inside: Path) -> None:
    """Let OpenCV use PyAV's FFmpeg, where both are of the same binary interface."""
    theirs = {found["name"]: path for path, found in _ffmpeg(inside / "av.libs")}
    other = inside / "opencv_python_headless.libs"
    own = {found["name"]: (path, found) for path, found in _ffmpeg(other)}
    for name, (_, found) in own.items():
        shared = _FFMPEG.match(theirs[name].name) if name in theirs else None
        if shared is None or shared["major"] != found["major"]:
            return
    for name, (path, _) in own.items():
        _point(path, theirs[name], inside)
    for path in other.iterdir():
        if _ONLY_FFMPEG.match(path.name):
            path.unlink()
            (inside / path.name).unlink(missing_ok=True)


def pack(folder: Path, output: Path) -> Path:
    """The folder as one file to download."""
    archive = output / f"{folder.name}-linux.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=6) as file:
        file.add(folder, folder.name)
    return archive


def run(*words: object) -> None:
    """Run a command; ends the build where it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # Not from the source tree, whose own `yolopose` would be taken.
    done = subprocess.run([str(word) for word in words], env=environment, cwd=HERE)
    if done.returncode:
        sys.exit(f"build: {words[0]} ended with code {done.returncode}")


def _ffmpeg(folder: Path) -> "list[tuple[Path, re.Match[str]]]":
    matches = [(path, _FFMPEG.match(path.name)) for path in sorted(folder.iterdir())]
    return [(path, found) for path, found in matches if found is not None]


def _point(path: Path, target: Path, inside: Path) -> None:
    """Put a link to `target` in place of a library and of the link to it."""
    path.unlink()
    path.symlink_to(Path("..") / target.relative_to(inside))
    link = inside / path.name
    link.unlink(missing_ok=True)
    link.symlink_to(target.relative_to(inside))


if __name__ == "__main__":
    main()
