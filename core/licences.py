"""What the program stands on, and under which terms: read from what is installed or bundled.

Packages tell their licence themselves. Libraries that lie inside packages do not; they are known
by the names of their files, and `parts` says of which files it does not know what they are.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

NAME = "yolopose"
EMPTIED = "emptied.txt"  # in the bundle: names of libraries without what they were made for
_LONGEST = 60  # characters of a licence's name; what is longer is the licence itself

# Where a package says nothing, or calls a licence by another name.
_TOLD = {
    "colorama": "BSD-3-Clause",
    "contourpy": "BSD-3-Clause",
    "cycler": "BSD-3-Clause",
    "kiwisolver": "BSD-3-Clause",
    "matplotlib": "PSF-based (Matplotlib licence)",
    "pycocotools": "BSD-2-Clause",
    "pyqt6": "GPL-3.0-only, or commercial",
    "pyqt6-qt6": "LGPL-3.0-only",
    "safetensors": "Apache-2.0",
    "scipy": "BSD-3-Clause",
}

_LGPL = "LGPL-2.1-or-later"
_GPL = "GPL-2.0-or-later"
_GCC = "GPL-3.0-or-later with the GCC runtime library exception"
_MIT = "MIT"
_BSD2, _BSD3 = "BSD-2-Clause", "BSD-3-Clause"
# Beginnings of file names, less `lib` -> what it is, its licence.
_LIBRARIES: tuple[tuple[str, str, str], ...] = (
    # Version 3 is what it is built with in PyAV, 2.1 or later in OpenCV.
    ("av(codec|device|filter|format|util)|sw(resample|scale)", "FFmpeg", "LGPL-3.0-or-later"),
    ("x264", "x264", _GPL),
    ("x265", "x265", _GPL),
    ("SvtAv1", "SVT-AV1", "BSD-3-Clause-Clear"),
    ("vpx", "libvpx", _BSD3),
    ("aom", "libaom", _BSD2),
    ("avif", "libavif", _BSD2),
    ("dav1d", "dav1d", _BSD2),
    ("webp|sharpyuv", "libwebp", _BSD3),
    ("opus", "Opus", _BSD3),
    ("mp3lame", "LAME", "LGPL-2.0-or-later"),
    ("opencore-amr", "OpenCORE AMR", "Apache-2.0"),
    ("vpl", "Intel VPL", _MIT),
    ("gnutls", "GnuTLS", _LGPL),
    ("nettle|hogweed", "Nettle", "LGPL-3.0-or-later or GPL-2.0-or-later"),
    ("gmp", "GMP", "LGPL-3.0-or-later or GPL-2.0-or-later"),
    ("unistring", "libunistring", "LGPL-3.0-or-later or GPL-2.0-or-later"),
    ("asound", "ALSA", _LGPL),
    ("drm", "libdrm", _MIT),
    ("crypto|ssl", "OpenSSL", "Apache-2.0; 1.1 under the OpenSSL licence"),
    ("gfortran|quadmath|gcc_s|stdc\\+\\+|gomp", "GCC runtime", _GCC),
    ("openblas|scipy_openblas", "OpenBLAS", _BSD3),
    ("Qt6|qt6", "Qt", "LGPL-3.0-only"),
    ("icu(data|i18n|uc)", "ICU", "Unicode-3.0"),
    ("png", "libpng", "libpng-2.0"),
    ("lcms2", "Little CMS", _MIT),
    ("openjp2", "OpenJPEG", _BSD2),
    ("assimp", "Assimp", _BSD3),
    ("jpeg|turbojpeg", "libjpeg-turbo", "IJG and BSD-3-Clause"),
    ("tiff|lerc", "LibTIFF", "libtiff"),
    ("xcb|X|xkbcommon|ICE|SM", "X.Org", _MIT),
    ("wayland", "Wayland", _MIT),
    ("EGL|GL|OpenGL", "libglvnd", _MIT),
    ("freetype", "FreeType", "FTL"),
    ("fontconfig", "Fontconfig", _MIT),
    ("harfbuzz|graphite2", "HarfBuzz, Graphite", "MIT, LGPL-2.1-or-later"),
    ("expat", "Expat", _MIT),
    ("ffi", "libffi", _MIT),
    ("z", "zlib", "Zlib"),
    ("bz2", "bzip2", "bzip2-1.0.6"),
    ("lzma", "XZ Utils", "0BSD"),
    ("zstd", "Zstandard", _BSD3),
    ("lz4", "LZ4", _BSD2),
    ("brotli", "Brotli", _MIT),
    ("g(lib|object|thread|io|module)-2", "GLib", _LGPL),
    ("pcre2", "PCRE2", _BSD3),
    ("dbus", "D-Bus", "AFL-2.1 or GPL-2.0-or-later"),
    ("systemd|cap|mount|blkid|uuid|selinux", "systemd, util-linux", _LGPL),
    ("gcrypt|gpg-error", "Libgcrypt", _LGPL),
    ("bsd|md", "libbsd", _BSD3),
    ("mvec", "GNU C library", _LGPL),
    ("python", "Python", "PSF-2.0"),
    ("readline|history", "Readline", "GPL-3.0-or-later"),
    ("tinfo|ncurses", "ncurses", "X11"),
    ("sqlite3", "SQLite", "public domain"),
    ("onnxruntime", "ONNX Runtime", _MIT),
)
_PATTERNS = [(re.compile(f"(?:{begin})"), name, licence) for begin, name, licence in _LIBRARIES]
_BORROWED = re.compile(r"\.libs/|\.dylibs/|/Qt6/lib/")  # where packages keep what is not theirs
_SHARED = re.compile(r"lib(?P<name>[^/\\]+?)(?:\.so(?:\.\d+)*|\.dylib)$")


@dataclass(frozen=True, slots=True)
class LicensedPart:
    """Something that the program stands on."""

    name: str
    version: str
    licence: str
    files: tuple[Path, ...] = ()  # the texts of its licence, where they are installed


# What starts the bundle.
_LOADER = LicensedPart("PyInstaller", "", "GPL-2.0-or-later; what it starts may have any licence")


def parts() -> list[LicensedPart]:
    """All packages that are needed and installed, then the libraries inside them."""
    loader = [_LOADER] if _bundle() else []
    return [_python(), *loader, *_packages(), *_libraries(known_files())[0]]


def unknown_libraries() -> list[str]:
    """Files of libraries of which nobody here knows whose they are."""
    return _libraries(known_files())[1]


def known_files() -> Iterator[str]:
    """The libraries' files that come inside packages, or lie in the bundle with their code.

    Paths from the folder of the packages, with slashes.
    """
    bundle = _bundle()
    if bundle is not None:
        yield from _bundled(bundle)
        return
    for name in needed():
        for file in metadata.files(name) or ():
            if _BORROWED.search(file.as_posix()):
                yield file.as_posix()


def _bundle() -> Path | None:
    """Where the program's parts lie, where it is one folder with all of them."""
    folder = getattr(sys, "_MEIPASS", None)
    return None if folder is None else Path(folder)


def _bundled(bundle: Path) -> Iterator[str]:
    told = bundle / EMPTIED
    emptied = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    for path in sorted({*bundle.rglob("lib*"), *bundle.rglob("*.dll")}):
        if "plugins" not in path.parts and path.name not in emptied:
            yield path.relative_to(bundle).as_posix()


def terms() -> str:
    """Under which terms the whole may be handed on, by what is there: FFmpeg's parts, and Qt's."""
    files = [*known_files()]
    inside = [
        name
        for name, folder in (("PyAV", "av"), ("OpenCV", "opencv"))
        if any(file.startswith(folder) and _is_library(file, "avcodec") for file in files)
    ]
    both = ("x264", "x265")
    found = [name for name in both if any(_is_library(file, name) for file in files)]
    packages, encoders = " and ".join(inside or ["PyAV"]), " and ".join(found or both)
    return (
        f"FFmpeg comes in {packages} as libraries under the LGPL. PyAV's loads {encoders} "
        "to encode, under the GPL, version 2 or later, so that together "
        "they are under the GPL. H.264 videos are written by x264; VP9 ones by libvpx, which is "
        "free of it (setting encode.codec). PyQt6 is under the GPL, version 3, or a licence "
        "that is bought. Who hands the whole program on does so under the GPL, version 3, with the "
        "sources of these parts or an offer of them; the program's own source is Apache-2.0, which "
        "allows that. No rights to patents on H.264 or H.265 come with them."
    )


def _is_library(file: str, name: str) -> bool:
    """Whether a path ends in a library's file, as the systems call it.

    >>> files = ("libx264-d6.so.165", "libx264.164.dylib", "x264-164.dll", "libx265-f5.so.216")
    >>> [_is_library(f"av.libs/{file}", "x264") for file in files]
    [True, True, True, False]
    """
    return re.match(rf"(?:lib)?{re.escape(name)}[-.]", file.rpartition("/")[2]) is not None


def licence_text(part: LicensedPart) -> str:
    """The texts of a part's licence, one after the other; empty where none is installed."""
    read = (path.read_text(encoding="utf-8", errors="replace") for path in part.files)
    return "\n\n".join(text.strip() for text in read)


@cache
def needed(name: str = NAME) -> tuple[str, ...]:
    """The packages that one needs, with their own needs, as far as installed."""
    found: dict[str, None] = {}

    def follow(lines: Iterable[str]) -> None:
        for line in lines:
            match = re.match(r"[\w.-]+", line)
            if match is None or "extra ==" in line:
                continue
            other = match[0].lower().replace("_", "-")
            if other not in found and _is_installed(other):
                found[other] = None
                follow(metadata.requires(other) or ())

    follow(_declared(name))
    return tuple(sorted(found))


def _declared(name: str) -> list[str]:
    """What the source tree asks for, which may be newer than what was installed, or the package."""
    project = Path(__file__).parents[1] / "pyproject.toml"
    if name == NAME and project.is_file():
        told = tomllib.loads(project.read_text(encoding="utf-8"))
        return [str(line) for line in told["project"]["dependencies"]]
    return list(metadata.requires(name) or ()) if _is_installed(name) else []


def is_licence(name: str) -> bool:
    """Whether a file has the name of a licence's text."""
    told = re.search(r"licen[cs]e|copying|notice", name, re.IGNORECASE)
    return told is not None and Path(name).suffix in ("", ".txt", ".md", ".rst")


def _packages() -> Iterator[LicensedPart]:
    """In the bundle those that are in it: not all that packages ask for is needed there."""
    bundle = _bundle()
    names = needed()
    if bundle is not None:
        inside = metadata.distributions(path=[str(bundle)])
        found = {one.metadata["Name"].lower().replace("_", "-") for one in inside}
        names = tuple(sorted(found - {NAME}))
    for name in names:
        installed = metadata.distribution(name)
        texts = tuple(
            path
            for file in installed.files or ()
            if is_licence(file.name) and (path := Path(str(file.locate()))).is_file()
        )
        yield LicensedPart(installed.metadata["Name"], installed.version, _licence(name), texts)


def _licence(name: str) -> str:
    if name in _TOLD:
        return _TOLD[name]
    told = metadata.metadata(name)
    for field in ("License-Expression", "License"):
        short = " ".join(told.get_all(field) or ()).strip()
        if short and len(short) <= _LONGEST and "\n" not in short:
            return short
    classifiers = [
        line.rpartition(":: ")[2]
        for line in told.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    return ", ".join(classifiers)


def _python() -> LicensedPart:
    return LicensedPart(
        "Python", ".".join(str(number) for number in sys.version_info[:3]), "PSF-2.0"
    )


def _libraries(files: Iterable[str]) -> tuple[list[LicensedPart], list[str]]:
    found: dict[str, LicensedPart] = {}
    unknown = []
    for file in (path.rpartition("/")[2] for path in files):
        match = _SHARED.match(file)
        if match is None:
            continue
        for pattern, name, licence in _PATTERNS:
            if pattern.match(match["name"]):
                found.setdefault(name, LicensedPart(name, "", licence))
                break
        else:
            unknown.append(file)
    return sorted(found.values(), key=lambda part: part.name.lower()), unknown


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True
