"""One frame's people as the one message that all outputs send; docs/live.md describes it."""

import json
import time
from dataclasses import dataclass
from typing import Any

from core.types import FrameResult

FORMAT = "yolopose 1"


@dataclass(frozen=True, slots=True)
class Message:
    """What is said of a frame. Times in s since 1970, coordinates in px of the upright frame."""

    source: str
    captured_unix_s: float
    sent_unix_s: float
    result: FrameResult

    @classmethod
    def of(cls, result: FrameResult, source: str) -> "Message":
        """About to be sent."""
        sent_s = time.time()
        age_s = (time.monotonic_ns() - result.frame.captured_ns) / 1e9
        return cls(source, sent_s - age_s, sent_s, result)

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON. A keypoint that was not seen is null."""
        frame, tracks = self.result.frame, self.result.tracks
        skeleton = self.result.skeleton
        mode = {"mode": self.result.mode} if self.result.mode else {}
        return {
            "format": FORMAT,
            "source": self.source,
            "frame": frame.index,
            "time_s": round(frame.time_s, 6),
            "captured_unix_s": round(self.captured_unix_s, 6),
            "sent_unix_s": round(self.sent_unix_s, 6),
            "size": list(frame.size),
            **mode,
            "skeleton": skeleton.name,
            "keypoint_names": list(skeleton.names),
            "limbs": [list(limb) for limb in skeleton.limbs],
            "people": [self._person(row) for row in range(len(tracks))],
        }

    def as_json(self) -> str:
        """One line without spaces."""
        return json.dumps(self.as_dict(), separators=(",", ":"), allow_nan=False)

    def _person(self, row: int) -> dict[str, Any]:
        tracks = self.result.tracks
        poses = tracks.poses
        return {
            "id": int(tracks.ids[row]),
            "score": round(float(poses.scores[row]), 4),
            "observed": bool(tracks.observed[row]),
            "box": [round(value, 2) for value in poses.boxes[row].tolist()],
            "keypoints": [
                [round(x, 2), round(y, 2), round(score, 4)] if score > 0 else None
                for (x, y), score in zip(
                    poses.keypoints[row].tolist(), poses.keypoint_scores[row].tolist(), strict=True
                )
            ],
        }
