"""Make the bundle's libraries smaller by what this program never calls.

Needs binutils and a C compiler.
"""

import os
import re
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from commands import output_of

# Encoders without which FFmpeg does not start, though nobody here asks for them, and what each of
# their functions answers from now on: that there is none, or an error.
_UNUSED = {"libx265-*": "0", "libSvtAv1Enc-*": "-1"}
# Of ICU's data what Qt reads in every language: properties of letters, and an order for names.
_ICU_KEPT = re.compile(
    r"icudt\d+l/(?:(?!unames)\w+\.(?:icu|nrm)"
    r"|(?:root|pool|res_index|likelySubtags|supplementalData|numberingSystems|keyTypeData)\.res"
    r"|coll/(?:root|pool|res_index|ucadata)\.\w+)"
)
_NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")


def slim(inside: Path) -> None:
    """Work on PyInstaller's folder of libraries."""
    emptied = []
    for pattern, answer in _UNUSED.items():
        for library in (inside / "av.libs").glob(pattern):
            write_stub(library, answer)
            emptied.append(library.name)
    # The list of licences leaves these out: `core/licences.py`.
    (inside / "emptied.txt").write_text("".join(f"{name}\n" for name in emptied))
    for library in (inside / "PyQt6/Qt6/lib").glob("libicudata.so.*"):
        write_icu(library)
    share_equal(inside)
    leave_out_unneeded(inside)


def write_stub(library: Path, answer: str) -> None:
    """Put in a library's place one whose functions have the same names and all give one answer."""
    source = "".join(
        f"long {name}(void) {{ return {answer}; }}\n"
        for kind, name in symbols(library)
        if kind == "T" and re.fullmatch(r"[a-z]\w+", name)
    )
    compile_library(library, source)


def write_icu(library: Path) -> None:
    """Put in the place of ICU's data a library with some of them."""
    (name,) = (name for _, name in symbols(library) if name.endswith("_dat"))
    binary = library.read_bytes()
    data = library.with_name("icu.dat")
    data.write_bytes(part_of_icu(binary[binary.index(b"CmnD") - 12 :], _ICU_KEPT.fullmatch))
    lines = (".section .rodata", f".global {name}", ".balign 16", f"{name}:", '.incbin "icu.dat"')
    compile_library(library, "\n".join([*lines, ""]), "assembler")
    data.unlink()


def part_of_icu(data: bytes, kept: Callable[[str], object]) -> bytes:
    """A package of ICU's data that holds some items of another.

    Its form (ICU's `udata.h` and `ucmndata.h`): a header that begins with its own length; the
    count of items; for each the offsets of its name and of its content, counted from the end of
    the header; the names, in order, each ended by a zero; and the contents, at multiples of 16.
    """
    (start,) = struct.unpack_from("<H", data)
    (count,) = struct.unpack_from("<I", data, start)
    places = [struct.unpack_from("<II", data, start + 4 + 8 * row) for row in range(count)]
    ends = [content_at for _, content_at in places[1:]] + [len(data) - start]
    items: list[tuple[bytes, bytes]] = []
    for (name_at, content_at), end in zip(places, ends, strict=True):
        name = data[start + name_at : data.index(b"\0", start + name_at) + 1]
        if kept(name[:-1].decode()):
            items.append((name, data[start + content_at : start + end]))
    table, names, contents = struct.pack("<I", len(items)), b"", b""
    names_at = 4 + 8 * len(items)
    contents_at = names_at + sum(len(name) for name, _ in items)
    for name, content in items:
        contents += bytes(-(start + contents_at + len(contents)) % 16)
        table += struct.pack("<II", names_at + len(names), contents_at + len(contents))
        names += name
        contents += content
    return data[:start] + table + names + contents


def share_equal(inside: Path) -> None:
    """Put links in the place of libraries that two packages bring alike."""
    seen: dict[tuple[str, bytes], Path] = {}
    for path in sorted(inside.glob("*.libs/*.so*")):
        if path.is_symlink():
            continue
        first = seen.setdefault((path.name, path.read_bytes()), path)
        if first is not path:
            path.unlink()
            path.symlink_to(Path("..") / first.relative_to(inside))


def leave_out_unneeded(inside: Path) -> None:
    """Take out libraries of the building system that nothing in the folder needs any more."""
    while True:
        files = [path for path in inside.rglob("*.so*") if path.is_file()]
        needed = {name for path in files for name in needs(path)}
        idle = [
            path
            for path in inside.glob("lib*.so*")
            if path.name not in needed and not path.name.startswith("libpython")
        ]
        if not idle:
            return
        for path in idle:
            path.unlink()


def symbols(library: Path) -> Iterator[tuple[str, str]]:
    """What a library offers: each symbol's kind, in the letters of `nm`, and its name."""
    for line in output_of("nm", "--dynamic", "--defined-only", library).splitlines():
        _, kind, name = line.split()
        yield kind, name.partition("@")[0]


def needs(library: Path) -> list[str]:
    """The files that a library asks the system for; empty for what is none."""
    return _NEEDED.findall(output_of("readelf", "--dynamic", "--wide", library))


def compile_library(library: Path, source: str, language: str = "c") -> None:
    """Put a library made of a source in another one's place, under the name that others ask for."""
    compiler = os.environ.get("CC", "cc")
    options = ("-shared", "-fPIC", "-nostdlib", "-s", "-O1", f"-Wl,-soname,{library.name}")
    words = [compiler, *options, "-x", language, "-", "-o", str(library)]
    library.unlink(missing_ok=True)
    subprocess.run(words, input=source, text=True, cwd=library.parent, check=True)
