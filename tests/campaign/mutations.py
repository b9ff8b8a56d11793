"""Damage to files, the same for the same random generator."""

import random
import re
import struct
from collections.abc import Callable, Sequence

_WHOLE_LIMITS = (0, 1, -1, 2, 127, 128, 255, 256, 32767, 65535, 2**31 - 1, -(2**31), 2**32 - 1)
_TEXT_LIMITS = (
    *("0", "-0", "-1", "1", "0.5", "1e-320", "1e308", "1e999", "-1e999", "2147483648"),
    *("9223372036854775807", "-9223372036854775809", "1" + "0" * 40, "9" * 5000, "0x7f", "1_0"),
    *("NaN", "nan", "Infinity", "-inf", "null", "true", "", "[]", "{}", '""', '"x"', "'", "~"),
    *("²", "\u0661", "\ufeff", "\x00", "\ud7ff", "../../x", "=cmd", "<b>", "*a", "&a", "!!x"),
)
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(r"\w+")


def flip_bits(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 4, 20, 100))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def cut_end(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def cut_middle(data: bytearray, chance: random.Random) -> None:
    start, end = _span(data, chance)
    del data[start:end]


def repeat(data: bytearray, chance: random.Random) -> None:
    start, end = _span(data, chance)
    data[end:end] = data[start:end]


def swap(data: bytearray, chance: random.Random) -> None:
    length = chance.randrange(1, max(2, len(data) // 4))
    if len(data) < 2 * length:
        return
    one = chance.randrange(len(data) - 2 * length + 1)
    other = chance.randrange(one + length, len(data) - length + 1)
    data[one : one + length], data[other : other + length] = (
        data[other : other + length],
        data[one : one + length],
    )


def blank(data: bytearray, chance: random.Random) -> None:
    start, end = _span(data, chance)
    data[start:end] = bytes([chance.choice((0, 255, 32))]) * (end - start)


def limits(data: bytearray, chance: random.Random) -> None:
    """Whole numbers and floats at their limits, most often near the beginning."""
    for _ in range(chance.choice((1, 1, 3))):
        size = chance.choice((1, 2, 4, 8))
        if len(data) < size:
            return
        reach = len(data) - size + 1
        at = chance.randrange(min(reach, chance.choice((64, 512, reach))))
        if size == 8 and chance.random() < 0.3:
            value = struct.pack("<d", chance.choice((float("nan"), float("inf"), -1e308, 1e-320)))
        else:
            whole = chance.choice(_WHOLE_LIMITS) & (2 ** (8 * size) - 1)
            value = whole.to_bytes(size, chance.choice(("little", "big")))
        data[at : at + size] = value


BYTES: dict[str, Callable[[bytearray, random.Random], None]] = {
    "flip": flip_bits,
    "cut": cut_end,
    "cut middle": cut_middle,
    "repeat": repeat,
    "swap": swap,
    "blank": blank,
    "limits": limits,
}


def text_limits(text: str, chance: random.Random) -> str:
    """Numbers, or any words, become something at the limit of what is meant."""
    places = list((_NUMBER if chance.random() < 0.7 else _WORD).finditer(text))
    for place in sorted(chance.sample(places, min(len(places), chance.choice((1, 1, 3)))), key=_at):
        text = text[: place.start()] + chance.choice(_TEXT_LIMITS) + text[place.end() :]
    return text


def text_lines(text: str, chance: random.Random) -> str:
    """Lines are lost, doubled, exchanged or joined."""
    lines = text.splitlines(keepends=True)
    if not lines:
        return text
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    kind = chance.randrange(4)
    if kind == 0:
        del lines[one]
    elif kind == 1:
        lines.insert(other, lines[one])
    elif kind == 2:
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines[one] = lines[one].rstrip("\n") + chance.choice((",", " ", "\t", "]", "}", ":"))
    return "".join(lines)


def text_words(text: str, chance: random.Random) -> str:
    """A word takes the place of another, or signs are lost or come."""
    places = list(_WORD.finditer(text))
    if chance.random() < 0.5 and len(places) > 1:
        one, other = chance.sample(places, 2)
        return text[: one.start()] + other.group() + text[one.end() :]
    at = chance.randrange(len(text) + 1)
    if chance.random() < 0.5:
        return text[:at] + chance.choice(list("\"',;:[]{}()&*!|>-#%@`\\\n\t\r\x00")) + text[at:]
    return text[:at] + text[at + 1 :]


TEXTS: dict[str, Callable[[str, random.Random], str]] = {
    "text limits": text_limits,
    "lines": text_lines,
    "words": text_words,
}


def mutated(
    data: bytes, others: Sequence[bytes], is_text: bool, chance: random.Random
) -> tuple[str, bytes]:
    """The name of a mutation, and what became of `data`; headers come from `others`."""
    if is_text and chance.random() < 0.75:
        name = chance.choice(list(TEXTS))
        text = TEXTS[name](data.decode("utf-8", "surrogateescape"), chance)
        return name, text.encode("utf-8", "surrogatepass")
    name = chance.choice([*BYTES, "splice"])
    if name == "splice":
        head, length = chance.choice(others), chance.choice((4, 16, 64, 512, 4096))
        return name, head[:length] + data[length:]
    changed = bytearray(data)
    if changed:
        BYTES[name](changed, chance)
    return name, bytes(changed)


def _span(data: bytearray, chance: random.Random) -> tuple[int, int]:
    length = chance.choice((1, 4, 16, 188, 1024, max(1, len(data) // 3)))
    start = chance.randrange(len(data))
    return start, min(len(data), start + length)


def _at(place: re.Match[str]) -> int:
    return -place.start()
