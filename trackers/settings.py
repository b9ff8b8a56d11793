"""Settings of the tracker; the defaults are meant for every video."""

from dataclasses import dataclass, field

from trackers.motion import MotionSettings
from trackers.stitch import StitchSettings


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Tracking by detection: scores and similarities from 0 to 1, lengths in body sizes.

    A body size is the mean of a box's width and height.
    """

    # Track buffer: a track without a match for longer ends, and the person gets a new id (s)
    max_lost_s: float = 4.0
    # Track buffer of a tentative track, or one frame if that is longer (s)
    max_doubt_s: float = 0.1
    high_score: float = 0.6  # Detections with at least this score are matched first
    # Detections below this score are ignored; those from here to high_score are matched second
    low_score: float = 0.1
    new_score: float = 0.6  # A new track starts from an unmatched detection of at least this score
    sure_score: float = 0.8  # A detection of at least this score confirms a tentative track at once
    # A tentative track is confirmed when the scores of its detections add up to this
    confirm_score: float = 1.3
    # Match threshold: a detection and a track with a lower similarity are never matched
    least_similarity: float = 0.1
    least_low_similarity: float = 0.4  # Match threshold of detections below high_score
    least_doubt_similarity: float = 0.3  # Match threshold of tentative tracks
    # Detections below high_score only match tracks that were lost for at most this long (s)
    low_max_lost_s: float = 0.3
    age_penalty: float = 0.15  # Loss of similarity per second without a match (1/s)
    # Weight of the OKS in the similarity of two complete poses; the rest is the IoU of the boxes
    pose_weight: float = 0.85
    pose_looseness: float = 2.0  # Factor on the sigmas of the OKS, as people move between frames
    # Speed of keypoints relative to the body, which widens the OKS with the time since the last
    # match (body sizes/s)
    pose_change: float = 0.5
    # Boxes are enlarged by this share of their width and height on each side before the IoU
    margin: float = 0.0
    camera_flow: bool = True  # Camera motion compensation by optical flow
    # Live: optical flow moves the keypoints in frames between two inferences
    joint_flow: bool = True
    # Camera jumps are only looked for with at least this many detections and tracks
    shift_people: int = 3
    # Camera jumps are looked for when the mean similarity of people and tracks is below this
    shift_below: float = 0.5
    # A camera jump is accepted when it raises that mean similarity by at least this
    shift_gain: float = 0.15
    # Offline: join the tracklets of one person once the whole clip has been tracked
    second_pass: bool = True
    # Appearance: people who cross are told apart by the colours of their clothes
    clothes: bool = True
    # Weight of appearance: factor on how much more alike the colours are than those of all others
    # nearby, added to the similarity
    look_weight: float = 2.0
    # Likeness of colours that counts neither for a match nor against it (0 to 1)
    look_par: float = 0.75
    look_fade_s: float = 0.5  # Time constant with which earlier appearance fades (s)
    keep_sides: bool = True  # Undo left/right swaps of the body's sides in single frames
    # Re-identification (ReID) by clothes: who comes back after max_lost_s gets the old id again
    reidentify: bool = False
    remember_s: float = 60.0  # ReID: how long people are remembered after they were last seen (s)
    same_look: float = 0.93  # ReID: least likeness of colours of one and the same person (0 to 1)
    look_margin: float = 0.03  # ReID: all others must be less alike by at least this (0 to 1)
    motion: MotionSettings = field(default_factory=MotionSettings)
    stitch: StitchSettings = field(default_factory=StitchSettings)

    @property
    def looks_at_people(self) -> bool:
        """Whether it matters what people wear."""
        return self.clothes or self.reidentify

    def __post_init__(self) -> None:
        if not 0 <= self.low_score <= min(self.high_score, self.new_score):
            raise ValueError("low_score must not be negative, nor above high_score or new_score")
        if self.look_fade_s <= 0:
            raise ValueError(f"look_fade_s must be above 0, got {self.look_fade_s}")
        for name in (
            "max_lost_s",
            "max_doubt_s",
            "low_max_lost_s",
            "age_penalty",
            "margin",
            "look_weight",
            "remember_s",
        ):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        for name in ("pose_weight", "look_par", "same_look", "look_margin"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, got {getattr(self, name)}")
        if self.pose_looseness <= 0 or self.pose_change < 0:
            raise ValueError("pose_looseness must be above 0 and pose_change not negative")
