"""Settings of the tracker; the defaults are meant for every video."""

from dataclasses import dataclass, field

from trackers.motion import MotionSettings
from trackers.stitch import StitchSettings


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Times in seconds, lengths in body sizes, scores and similarities in [0, 1]."""

    max_lost_s: float = 4.0  # a track that is not matched for longer ends; the person gets a new id
    max_doubt_s: float = 0.1  # the same before the second sighting, or one frame if longer
    high_score: float = 0.6  # detections with this score or more are matched first
    low_score: float = 0.1  # weaker detections are ignored
    new_score: float = 0.6  # a track begins with a detection of at least this score
    sure_score: float = 0.8  # from here up it is shown at once, else when seen again
    confirm_score: float = 1.3  # a doubtful track is shown when its scores add up to this
    least_similarity: float = 0.1  # weaker pairs of a detection and a track never match
    least_low_similarity: float = 0.4  # the same for detections under high_score
    least_doubt_similarity: float = 0.3  # the same for tracks that are not shown yet
    low_max_lost_s: float = 0.3  # who is lost for longer is not found by a weak detection
    age_penalty: float = 0.15  # loss of similarity per second without a match
    pose_weight: float = 0.85  # the share of OKS in the similarity of two full poses
    pose_looseness: float = 2.0  # factor on the OKS sigmas: people move between frames
    pose_change: float = 0.5  # how far joints move against the body, body sizes / s
    margin: float = 0.0  # boxes are compared with this margin, in widths and heights
    camera_flow: bool = True  # camera motion compensation, where pictures are given
    joint_flow: bool = True  # optical flow moves joints between the inferences of a live run
    shift_people: int = 3  # so many must be seen for the camera's jump to be told from theirs
    shift_below: float = 0.5  # a jump is looked for when people fit less well than this
    shift_gain: float = 0.15  # and accepted when it raises that by this
    second_pass: bool = True  # offline: join tracks of one person once a whole clip is known
    clothes: bool = True  # tell people who cross apart by what they wear, where pictures are given
    # factor on a likeness above that of all others near, added to the similarity
    look_weight: float = 2.0
    look_par: float = 0.75  # likeness of colours that speaks neither for a person nor against
    look_fade_s: float = 0.5  # earlier looks count less by a factor of e in this time
    keep_sides: bool = True  # left and right joints that a frame exchanged are put right
    reidentify: bool = False  # re-identification by clothes after max_lost_s as well
    remember_s: float = 60.0  # for reidentify: so long after they were last seen
    same_look: float = 0.93  # likeness of colours from which two may be the same person
    look_margin: float = 0.03  # and by which all others must be less alike
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
