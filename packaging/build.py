"""`python packaging/build.py`: the program, its sample and weights as one folder, for Linux.

Makes an environment of its own, installs the program, PyInstaller and a small OpenCV into it,
freezes, leaves out what is of no use and packs the folder. Needs Python, pip, binutils and
compilers for C and C++.
"""

import argparse
import shutil
import tarfile
import venv
from pathlib import Path

from commands import HERE, run
from opencv import install_opencv
from slim import slim

ROOT = HERE.parent
FREEZER = "pyinstaller>=6.11,<7"


def main() -> None:
    """Build, and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build", metavar="DIR")
    parser.add_argument("--python", type=Path, help="an interpreter that has all of it already")
    arguments = parser.parse_args()
    output = arguments.output.resolve()
    python = arguments.python or make_environment(output / "environment", output / "opencv")
    folder = freeze(python, output)
    strip(folder)
    slim(folder / "_internal")
    shutil.copytree(HERE / "linux", folder, dirs_exist_ok=True)
    shutil.copytree(HERE / "texts", folder / "licences", dirs_exist_ok=True)
    for name in ("LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, folder)
    run(folder / "yolopose", "licences", "--output", folder / "licences" / "parts.txt")
    archive = pack(folder, output)
    size_mb = sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
    print(f"{folder}: {size_mb:.0f} MB; {archive}: {archive.stat().st_size / 1e6:.0f} MB")


def make_environment(folder: Path, wheels: Path) -> Path:
    """A fresh environment with the program as a user installs it; returns its interpreter.

    But for OpenCV, of which a smaller wheel is made, or taken from a folder.
    """
    venv.create(folder, clear=True, with_pip=True)
    python = folder / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", FREEZER, ROOT)
    install_opencv(python, wheels)
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


def pack(folder: Path, output: Path) -> Path:
    """The folder as one file to download."""
    archive = output / f"{folder.name}-linux.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=6) as file:
        file.add(folder, folder.name)
    return archive


if __name__ == "__main__":
    main()
