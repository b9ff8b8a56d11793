"""Follows people from frame to frame by pose, box and motion, on the clock of the video."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.skeleton import COCO_17, Skeleton, skeleton_of
from core.types import CameraMotion, FloatArray, Looks, Picture, PoseBatch, Sight, Tracks
from trackers.appearance import LENGTH, Wardrobe, advantage, describe, recognised, unit_looks
from trackers.association import assign, similarity
from trackers.camera_flow import CameraFlow
from trackers.common_shift import common_shift, cover
from trackers.joint_flow import JointFlow
from trackers.motion import TimeStep, load_filters
from trackers.settings import TrackerSettings
from trackers.sides import are_exchanged, sides_of
from trackers.track import Outlook, Sighting, Track, batch_of
from trackers.usable_poses import usable_poses

__all__ = ["PoseTracker", "TrackerSettings"]

Owners = NDArray[np.intp]
NOBODY = -1
BODY_SCORE = 0.3  # who is no background for the camera's motion; no setting, so that it can be kept
NEAR = 0.02  # similarity from which a person may be somebody
MOST_GAIN, MOST_LOSS = 0.4, 0.8  # of similarity by what people wear


class PoseTracker:
    """Online multi-person tracking by detection; ids start at 1 and are never reused."""

    def __init__(
        self, settings: TrackerSettings | None = None, skeleton: Skeleton | None = None
    ) -> None:
        """`skeleton` is that of the people whom `update` will get.

        Without one, it is the usual skeleton of as many keypoints.

        `settings` and `skeleton` may be assigned between two updates; ids live on.
        """
        load_filters()
        self.settings = settings or TrackerSettings()
        self.skeleton = skeleton
        self._count = len(skeleton or COCO_17)  # of keypoints
        self._tracks: list[Track] = []
        self._shown: list[Track] = []  # of the last update, by ascending id
        self._last_id = 0
        self._time_s: float | None = None
        self._flow = CameraFlow()
        self._joints = JointFlow()
        self._picture: NDArray[np.uint8] | Picture | None = None  # that the next update is about
        self._warp: NDArray[np.float64] | None = None
        self._wardrobe = Wardrobe()

    def see(self, picture: NDArray[np.uint8] | Picture, poses: PoseBatch) -> Sight:
        """Look at the picture that the next `update` is about; this is optional.

        It is RGB (H, W, 3), or a picture that gives that when it is needed.

        Where the camera moved, everyone's expected place moves with the picture; how it moved is
        returned, unless `camera_flow` is off, and what everyone of `poses` wears, which the next
        `update` may be given.
        """
        self._picture = picture
        looks = describe(picture, poses) if self.settings.looks_at_people else None
        if not self.settings.camera_flow:
            return Sight(None, looks)
        people = poses.boxes[poses.scores >= BODY_SCORE]
        people = people[np.isfinite(people).all(axis=1)]
        camera = CameraMotion(self._flow.follow(picture, people))
        self.moved(camera)
        return Sight(camera, looks)

    def moved(self, camera: CameraMotion) -> None:
        """In place of `see`: how the camera moved before the next `update`."""
        warp = camera.warp if self.settings.camera_flow else None
        if warp is not None and self._warp is not None:
            warp = np.column_stack(
                [warp[:, :2] @ self._warp[:, :2], warp[:, :2] @ self._warp[:, 2] + warp[:, 2]]
            )
        self._warp = self._warp if warp is None else warp

    def update(self, poses: PoseBatch, time_s: float, looks: Looks | None = None) -> Tracks:
        """Everyone seen in this frame with an id, by ascending id.

        Poses without keypoints (all scores 0) are followed by their boxes. Detections whose box
        or score is not finite are ignored; a time before the last one counts as the last one.
        `looks` (N, L) is what `see` told of these very people; those of another kind are ignored.
        """
        poses, rows = usable_poses(poses)
        if looks is None or looks.shape[1] != LENGTH or not self.settings.looks_at_people:
            worn = np.zeros((len(poses), LENGTH), np.float32)
        else:
            worn = unit_looks(looks[rows])
        count = poses.keypoint_scores.shape[1]
        if len(poses) and count != self._count:  # another network, with another skeleton
            self._tracks, self._count = [], count
        first = self._time_s is None
        last_s = time_s if self._time_s is None else self._time_s
        self._time_s = time_s = max(time_s, last_s)
        self._forget(time_s, time_s - last_s)
        if self._warp is not None:
            for track in self._tracks:
                track.move(self._warp)
            self._warp = None
        step = TimeStep.of(time_s - last_s, self.settings.motion)
        for track in self._tracks:
            track.predict(step)
        owners = self._match(poses, worn, time_s, last_s)
        shown = self._keep_sides(poses, owners, time_s)
        for row in np.flatnonzero(owners != NOBODY).tolist():
            self._tracks[owners[row]].observe(Sighting.of(poses, row), time_s)
        owners = self._begin(poses, owners, time_s)
        self._wear(worn, owners, time_s)
        tracks = self._show(shown, owners, first)
        self._joints.look(self._picture, tracks.poses)
        self._picture = None
        return tracks

    def expected(self, time_s: float, picture: NDArray[np.uint8] | Picture | None = None) -> Tracks:
        """Where the people of the last update are expected at a later time, for a frame in which
        nobody looked. Later updates do not depend on it.

        Keypoints go with the frame's picture, where it is given and tells how; else, as the box
        does, with the person's motion.
        """
        if not self._shown or self._time_s is None:
            return Tracks.empty(self._count)
        dt_s = max(0.0, time_s - self._time_s)
        exchanged = np.array([track.exchanged for track in self._shown])
        last = batch_of([track.last for track in self._shown])
        last = last.exchanged(exchanged, self._skeleton_of(last).flip)
        shifts = np.array([track.expected_shift(dt_s) for track in self._shown], np.float32)
        moved = np.repeat(shifts[:, None], self._count, axis=1)
        if picture is not None and self.settings.joint_flow:
            flow, known = self._joints.follow(picture)
            moved[known] = flow[known]
            for row in np.flatnonzero(known.all(axis=1)):
                shifts[row] = np.median(moved[row], axis=0)
        poses = replace(
            last, boxes=last.boxes + np.tile(shifts, 2), keypoints=last.keypoints + moved
        )
        ids = np.array([track.id for track in self._shown], np.int64)
        return Tracks(ids, poses, np.zeros(len(ids), np.bool_))

    def _forget(self, time_s: float, dt_s: float) -> None:
        settings = self.settings
        doubt_s = max(settings.max_doubt_s, 1.5 * dt_s)
        followed = []
        for track in self._tracks:
            if time_s - track.seen_s <= (settings.max_lost_s if track.id else doubt_s):
                followed.append(track)
            elif settings.reidentify and track.id and track.look is not None:
                self._wardrobe.add(track.id, track.look, track.seen_s)
        self._tracks = followed
        self._wardrobe.forget(time_s - settings.remember_s)

    def _match(self, poses: PoseBatch, worn: FloatArray, time_s: float, last_s: float) -> Owners:
        """For every detection the index of its track, or NOBODY."""
        owners = np.full(len(poses), NOBODY, np.intp)
        if len(poses) == 0 or not self._tracks:
            return owners
        settings = self.settings
        outlook = Outlook.of(self._tracks, time_s, last_s)
        fit = similarity(poses, outlook, self._skeleton_of(poses).sigmas, settings)
        outlook, fit = self._follow_camera(poses, outlook, fit)
        if settings.clothes:
            near = fit > NEAR
            better = advantage(worn, outlook.looks, near, settings.look_par)
            gain = np.clip(settings.look_weight * better, -MOST_LOSS, MOST_GAIN)
            fit = np.where(near, fit + gain, fit).astype(np.float32)
        # A weak detection is less likely to be anybody, and a person lost for long to be here.
        sure = fit * poses.scores[:, None] - settings.age_penalty * outlook.ages_s
        strong = poses.scores >= settings.high_score
        weak = (poses.scores >= settings.low_score) & ~strong
        recent = outlook.ages_s <= settings.low_max_lost_s + (time_s - last_s)
        free = np.ones(len(self._tracks), np.bool_)
        for detections, tracks, values, least in (
            (strong, outlook.confirmed, sure, settings.least_similarity),
            (weak, outlook.confirmed & recent, fit, settings.least_low_similarity),
            (strong, ~outlook.confirmed, sure, settings.least_doubt_similarity),
        ):
            rows = np.flatnonzero(detections & (owners == NOBODY))
            columns = np.flatnonzero(tracks & free)
            pairs = assign(values[np.ix_(rows, columns)], least)
            owners[rows[pairs[:, 0]]] = columns[pairs[:, 1]]
            free[columns[pairs[:, 1]]] = False
        return owners

    def _skeleton_of(self, poses: PoseBatch) -> Skeleton:
        """What is assigned may be of the network that comes next, or that came before."""
        assigned, count = self.skeleton, poses.keypoint_scores.shape[1]
        return skeleton_of(count) if assigned is None or len(assigned) != count else assigned

    def _keep_sides(self, poses: PoseBatch, owners: Owners, time_s: float) -> PoseBatch:
        """The poses, those that the network exchanged the sides of put right."""
        skeleton = self._skeleton_of(poses)
        sides = sides_of(skeleton) if self.settings.keep_sides else None
        if sides is None:
            for track in self._tracks:
                track.forget_sides()
            return poses
        rows = np.flatnonzero(owners != NOBODY)
        if len(rows) == 0:
            return poses
        tracks = [self._tracks[owner] for owner in owners[rows].tolist()]
        beliefs = sides.follow(
            np.array([track.facing for track in tracks]),
            batch_of([track.last for track in tracks]),
            poses[rows],
            np.array([time_s - track.seen_s for track in tracks]),
        )
        exchanged = np.zeros(len(poses), np.bool_)
        exchanged[rows] = are_exchanged(beliefs)
        for track, belief, now in zip(tracks, beliefs, exchanged[rows].tolist(), strict=True):
            track.facing, track.exchanged = belief, now
        return poses.exchanged(exchanged, skeleton.flip)

    def _follow_camera(
        self, poses: PoseBatch, outlook: Outlook, fit: FloatArray
    ) -> tuple[Outlook, FloatArray]:
        """Where the people are and how they fit if the whole picture jumped, else as given."""
        settings = self.settings
        rows = np.flatnonzero(poses.scores >= settings.high_score)
        columns = np.flatnonzero(outlook.confirmed & ~outlook.missed)
        if min(len(rows), len(columns)) < settings.shift_people:
            return outlook, fit
        asked = np.ix_(rows, columns)
        before = cover(fit[asked])
        if before >= settings.shift_below:
            return outlook, fit
        shift = common_shift(poses.boxes[rows], outlook.boxes[columns], settings.margin)
        moved = outlook.shifted(shift)
        moved_fit = similarity(poses, moved, self._skeleton_of(poses).sigmas, settings)
        if cover(moved_fit[asked]) < before + settings.shift_gain:
            return outlook, fit
        warp = np.column_stack([np.eye(2), shift])
        for track in self._tracks:
            track.move(warp)
        return moved, moved_fit

    def _begin(self, poses: PoseBatch, owners: Owners, time_s: float) -> Owners:
        """Start a track for every strong detection that is nobody's."""
        owners = owners.copy()
        unknown = (owners == NOBODY) & (poses.scores >= self.settings.new_score)
        for row in np.flatnonzero(unknown).tolist():
            owners[row] = len(self._tracks)
            track = Track(Sighting.of(poses, row), time_s, self.settings.motion)
            self._tracks.append(track)
        return owners

    def _wear(self, worn: FloatArray, owners: Owners, time_s: float) -> None:
        """Take in what the people of this frame wear."""
        for row in np.flatnonzero(worn.any(axis=1) & (owners != NOBODY)).tolist():
            self._tracks[owners[row]].wear(worn[row], time_s, self.settings.look_fade_s)

    def _show(self, poses: PoseBatch, owners: Owners, first: bool) -> Tracks:
        """The confirmed people of this frame; who has been seen well enough becomes one."""
        settings = self.settings
        rows = np.flatnonzero(owners != NOBODY)
        seen = [self._tracks[owner] for owner in owners[rows].tolist()]
        for track in seen:
            well = track.last.score >= settings.sure_score
            if track.id == 0 and (first or well or track.evidence >= settings.confirm_score):
                track.id = self._known(track) or self._next_id()
        ids = np.array([track.id for track in seen], np.int64)
        order = np.argsort(ids, kind="stable")
        order = order[ids[order] > 0]
        self._shown = [seen[place] for place in order.tolist()]
        return Tracks(ids[order], poses[rows[order]], np.ones(len(order), np.bool_))

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _known(self, track: Track) -> int | None:
        """The id of someone who is gone and wore the same, whose track ends with that."""
        if track.look is None:
            return None
        absent, present = self._wardrobe.looks, []
        for other in self._tracks:
            if other.id == 0 or other.look is None:
                continue
            if other.seen_s >= track.since_s:
                present.append(other.look)
            elif self.settings.clothes:
                absent[other.id] = other.look
        least, margin = self.settings.same_look, self.settings.look_margin
        known = recognised(track.look, absent, present, least, margin)
        if known is not None:
            self._wardrobe.take(known)
            self._tracks = [other for other in self._tracks if other.id != known]
        return known
