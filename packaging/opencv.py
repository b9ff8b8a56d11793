"""An OpenCV of only what the program uses, built from the source on the package index.

The package there brings networks, stitching, a BLAS and an FFmpeg of its own as well.
"""

import os
from pathlib import Path

from commands import output_of, run

PACKAGE = "opencv-python-headless"
_MODULES = "core imgproc imgcodecs flann geometry stereo features objdetect calib video python3"
_WITHOUT = "IPP OPENCL ITT LAPACK FFMPEG AVIF OPENJPEG JASPER OPENEXR PROTOBUF FLATBUFFERS EIGEN"
_OWN = "ZLIB PNG JPEG TIFF WEBP"  # not those of the building machine


def install_opencv(python: Path, folder: Path) -> None:
    """Put it in the place of the installed one, of the same version.

    Its wheel is built once and kept in the folder: that takes half an hour of a processor, and a
    C++ compiler.
    """
    ask = f"from importlib import metadata; print(metadata.version({PACKAGE!r}))"
    version = output_of(python, "-c", ask).strip()
    name = f"{PACKAGE}=={version}"
    if not is_built(folder, version):
        source = ("--no-deps", "--no-binary", PACKAGE, "--wheel-dir", folder)
        run(python, "-m", "pip", "wheel", "--quiet", *source, name, **_choices())
    ready = ("--quiet", "--no-deps", "--no-index", "--force-reinstall", "--find-links", folder)
    run(python, "-m", "pip", "install", *ready, name)


def is_built(folder: Path, version: str) -> bool:
    """Whether the folder holds a wheel of this version; others may lie beside it."""
    return any(folder.glob(f"{PACKAGE.replace('-', '_')}-{version}-*.whl"))


def _choices() -> dict[str, str]:
    """What OpenCV's build is told, by the variables that its package reads."""
    settings = {"BUILD_LIST": _MODULES.replace(" ", ","), "CPU_DISPATCH": "AVX2"}
    settings |= {f"WITH_{name}": "OFF" for name in _WITHOUT.split()}
    settings |= {f"BUILD_{name}": "ON" for name in _OWN.split()}
    settings |= {"BUILD_OPENEXR": "OFF", "PYTHON3_LIMITED_API": "ON"}
    settings |= {"CMAKE_BUILD_TYPE": "Release", "CMAKE_CXX_FLAGS_RELEASE": "'-O2 -DNDEBUG'"}
    cores = str(os.cpu_count() or 1)
    return {
        "CMAKE_ARGS": " ".join(f"-D{name}={value}" for name, value in settings.items()),
        "CMAKE_BUILD_PARALLEL_LEVEL": os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", cores),
        "ENABLE_HEADLESS": "1",
    }
