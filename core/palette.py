"""The colours of people: the same id has the same colour in pictures, videos and plots."""

# As far apart as they can be for all eyes, the first six above all: `tests/test_colours.py`
# looks at them with the three kinds of colour blindness.
TRACK_COLOURS = (
    "#33bbff",
    "#ffaa00",
    "#ff0055",
    "#e62ea8",
    "#fff0a6",
    "#7f66ff",
    "#ccff66",
    "#63996c",
    "#998000",
    "#66ffe5",
    "#2e8ae6",
    "#bfbf7c",
)


def track_rgb(track_id: int) -> tuple[int, int, int]:
    """Red, green and blue of 0 to 255."""
    red, green, blue = bytes.fromhex(TRACK_COLOURS[(track_id - 1) % len(TRACK_COLOURS)][1:])
    return red, green, blue
