"""The colours of people: the same id has the same colour in pictures, videos and plots."""

# Told apart by people with common colour blindness as well: hue and lightness both change.
TRACK_COLOURS = (
    "#37b6ff",
    "#ff9f1c",
    "#2ec97f",
    "#ff5d8f",
    "#b28dff",
    "#ffe14d",
    "#19d3c5",
    "#ff7b54",
    "#8ecbff",
    "#c2e812",
    "#e58cff",
    "#c9a66b",
)


def track_rgb(track_id: int) -> tuple[int, int, int]:
    """Red, green and blue of 0 to 255."""
    red, green, blue = bytes.fromhex(TRACK_COLOURS[(track_id - 1) % len(TRACK_COLOURS)][1:])
    return red, green, blue
