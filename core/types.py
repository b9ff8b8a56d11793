"""The values that flow through the program: arrays with checked shapes, frozen.

N is the number of people in a frame, K the number of keypoints of a skeleton. All coordinates
are pixels of the upright original frame, x to the right and y down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.skeleton import Skeleton, skeleton_of

FloatArray = NDArray[np.float32]
Rows = NDArray[np.bool_] | NDArray[np.intp] | slice
Looks = NDArray[np.uint8]  # (N, L): what N people wear, all 0 where that was not to be seen


class _ShapeRepr:
    """Prints shapes instead of megabytes of numbers."""

    __slots__ = ()

    def __repr__(self) -> str:
        parts = []
        for item in fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            shown = f"{value.dtype}{value.shape}" if isinstance(value, np.ndarray) else repr(value)
            parts.append(f"{item.name}={shown}")
        return f"{type(self).__name__}({', '.join(parts)})"


class Picture(Protocol):
    """A picture that is converted to RGB when somebody looks at it."""

    size: tuple[int, int]  # width and height in pixels

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """(H, W, 3)."""
        ...

    @property
    def luma(self) -> NDArray[np.uint8]:
        """Brightness (H, W), from 16 (black) to 235 (white)."""
        ...

    def colours(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.uint8]:
        """RGB (..., 3) of single pixels inside the picture, without converting all of it."""
        ...


NO_PICTURE: NDArray[np.uint8] = np.zeros((0, 0, 3), np.uint8)
"""In place of the picture of a frame of which only the poses are kept."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Frame(_ShapeRepr):
    """One upright picture of a source."""

    index: int  # 0-based number of the frame in its source
    time_s: float  # presentation time since the first frame
    captured_ns: int  # time.monotonic_ns() when the frame left the decoder
    picture: "NDArray[np.uint8] | Picture"  # RGB (H, W, 3), or what gives it when it is asked for

    def __post_init__(self) -> None:
        rgb = self.picture
        if not isinstance(rgb, np.ndarray):
            return
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
            raise ValueError(f"rgb must be uint8 (H, W, 3), got {rgb.dtype} {rgb.shape = }")

    @property
    def has_picture(self) -> bool:
        """Whether there is anything to look at."""
        return self.picture is not NO_PICTURE

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """The picture as RGB (H, W, 3)."""
        return self.picture if isinstance(self.picture, np.ndarray) else self.picture.rgb

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        if isinstance(self.picture, np.ndarray):
            return self.picture.shape[1], self.picture.shape[0]
        return self.picture.size


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PoseBatch(_ShapeRepr):
    """Everyone found in one frame."""

    boxes: FloatArray  # (N, 4) x1, y1, x2, y2
    scores: FloatArray  # (N,) in [0, 1]
    keypoints: FloatArray  # (N, K, 2)
    keypoint_scores: FloatArray  # (N, K) in [0, 1]; 0 means not seen

    def __post_init__(self) -> None:
        if self.keypoint_scores.ndim != 2:
            raise ValueError(f"keypoint_scores must be (N, K), got {self.keypoint_scores.shape = }")
        n, k = self.keypoint_scores.shape
        expected = ((n, 4), (n,), (n, k, 2))
        actual = (self.boxes.shape, self.scores.shape, self.keypoints.shape)
        if actual != expected:
            raise ValueError(
                f"boxes, scores, keypoints must be shaped {expected} "
                f"to go with {self.keypoint_scores.shape = }, got {actual}"
            )

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, rows: Rows) -> "PoseBatch":
        return PoseBatch(
            self.boxes[rows], self.scores[rows], self.keypoints[rows], self.keypoint_scores[rows]
        )

    def exchanged(self, rows: NDArray[np.bool_], flip: NDArray[np.intp]) -> "PoseBatch":
        """Left and right joints of some rows (N,) exchanged: each joint k is what `flip[k]` was."""
        if not rows.any():
            return self
        keypoints, scores = self.keypoints.copy(), self.keypoint_scores.copy()
        keypoints[rows] = self.keypoints[rows][:, flip]
        scores[rows] = self.keypoint_scores[rows][:, flip]
        return PoseBatch(self.boxes, self.scores, keypoints, scores)

    @staticmethod
    def empty(keypoint_count: int = 17) -> "PoseBatch":
        """A frame without people."""
        return PoseBatch(
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.float32),
            np.zeros((0, keypoint_count, 2), np.float32),
            np.zeros((0, keypoint_count), np.float32),
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Tracks(_ShapeRepr):
    """Who is where in one frame."""

    ids: NDArray[np.int64]  # (N,) at least 1, never used twice in a run
    poses: PoseBatch
    observed: NDArray[np.bool_]  # (N,) False: the position is predicted, nobody was seen there

    def __post_init__(self) -> None:
        n = len(self.poses)
        if self.ids.shape != (n,) or self.observed.shape != (n,):
            raise ValueError(
                f"ids and observed must be ({n},), got {self.ids.shape = } {self.observed.shape = }"
            )

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, rows: Rows) -> "Tracks":
        return Tracks(self.ids[rows], self.poses[rows], self.observed[rows])

    @staticmethod
    def empty(keypoint_count: int = 17) -> "Tracks":
        """A frame in which nobody is followed."""
        return Tracks(np.zeros(0, np.int64), PoseBatch.empty(keypoint_count), np.zeros(0, np.bool_))


def skeleton_of_tracks(tracks: Tracks, named: Skeleton | None) -> Skeleton:
    """The skeleton that the network names; else, or where it is not theirs, the usual one."""
    count = tracks.poses.keypoint_scores.shape[1]
    if named is None or (len(tracks) and len(named) != count):
        return skeleton_of(count)  # people of the network before are still predicted
    return named


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CameraMotion(_ShapeRepr):
    """How the camera moved from the frame before to this one."""

    warp: NDArray[np.float64] | None  # (2, 3), old pixels to new ones; None for a still camera

    def __post_init__(self) -> None:
        if self.warp is not None and self.warp.shape != (2, 3):
            raise ValueError(f"warp must be (2, 3), got {self.warp.shape = }")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sight(_ShapeRepr):
    """What a tracker takes from a picture: it is kept with the poses, in place of the picture."""

    camera: CameraMotion | None = None  # None: nobody looked
    looks: Looks | None = None  # of everyone in the frame; None: nobody looked

    def __post_init__(self) -> None:
        if self.looks is not None and (self.looks.ndim != 2 or self.looks.dtype != np.uint8):
            raise ValueError(
                f"looks must be uint8 (N, L), got {self.looks.dtype} {self.looks.shape}"
            )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FramePoses(_ShapeRepr):
    """A frame with everyone found in it, before anybody knows who they are."""

    frame: Frame
    poses: PoseBatch
    sight: Sight = Sight()  # where it is known from an earlier run
    stage_ms: Mapping[str, float] = field(default_factory=dict)  # wait, infer
    mode: str = ""  # how a governed live run looked for people
    looked: bool = True  # False: nobody looked, and the tracker is to say who is expected


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FrameResult(_ShapeRepr):
    """A frame with what was found in it: an overlay can never sit on the wrong picture."""

    frame: Frame
    poses: PoseBatch
    tracks: Tracks
    stage_ms: Mapping[str, float] = field(default_factory=dict)  # wait, infer, track, ...
    sight: Sight = Sight()
    mode: str = ""  # how a governed live run looked for people
    looked: bool = True  # False: all tracks are predicted
    named: Skeleton | None = None  # where the network says which it finds

    @property
    def skeleton(self) -> Skeleton:
        """Of the tracks: the network's, else the usual one of as many keypoints."""
        return skeleton_of_tracks(self.tracks, self.named)
