"""What a frame of the sample clip costs to compress: `python tests/encode_figures.py`.

CPU-ms a frame of this process, all its threads, in the ways in which videos are written.
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app.bundled import sample_clip
from core.video.capture import read_frames
from core.video.encode import EncodeSettings, VideoWriter

WAYS = {
    "VP9": EncodeSettings(codec="vp9"),
    "H.264 ultrafast": EncodeSettings(codec="h264", preset="ultrafast"),
    "H.264 veryfast": EncodeSettings(codec="h264", preset="veryfast"),
}
ROUNDS = 3
SIZE = (960, 540)  # px, of the sample


def cpu_ms(pictures: list, path: Path, how: EncodeSettings) -> float:
    """Of a frame; the least of some rounds."""
    costs = []
    for _ in range(ROUNDS):
        before_s = time.process_time()
        with VideoWriter(path, SIZE, 25.0, how) as video:
            for number, picture in enumerate(pictures):
                video.write(picture, number / 25)
        costs.append(1e3 * (time.process_time() - before_s) / len(pictures))
    return min(costs)


if __name__ == "__main__":
    shown = [frame.rgb for frame in read_frames(str(sample_clip()))]
    with tempfile.TemporaryDirectory() as folder:
        for name, settings in WAYS.items():
            print(f"{name:<18}{cpu_ms(shown, Path(folder) / 'out.mp4', settings):>6.1f} CPU-ms")
