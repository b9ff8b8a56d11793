"""Shows the sources of a group in tiles, each with its people and its own figures."""

from dataclasses import replace

from core.tracks.trails import Trails
from core.types import FrameResult
from ui.session.live_group import LiveGroup, Member
from ui.view.overlay import Scene
from ui.view.region_picker import Region
from ui.view.tiles import Tiles
from ui.view.video_view import VideoView


class GroupView:
    """Binds a group to the tiles; reads what is new when the window's timers say so."""

    def __init__(self, group: LiveGroup, tiles: Tiles, region: Region | None) -> None:
        self.group = group
        self._tiles = tiles
        self._region = region
        self._trails: list[Trails] = []
        self._turn = 0  # the place of the tile whose figures were shown last
        tiles.clear()
        self.show_all()

    def show_all(self) -> None:
        """A tile for each member that has none yet."""
        for member in self.group.members[len(self._tiles.views) :]:
            view, trails = self._tiles.add(), Trails()
            self._trails.append(trails)
            _bind(member, view, trails)
            view.set_region(self._region)

    def set_region(self, region: Region | None) -> None:
        """The part of the pictures in which people are looked for; None is all of it."""
        self._region = region
        for view in self._tiles.views:
            view.set_region(region)

    def show_new(self) -> None:
        """Show one picture that came since the last time."""
        taken = self.group.take()
        if taken is not None:
            place, newest = taken
            self._trails[place].add(newest.result.tracks, newest.result.frame.time_s)
            self._tiles.views[place].show_result(newest)

    def report(self, figures: bool, sent: str) -> None:
        """Show what is missing, and the figures of one tile, in turn.

        What was sent stands in the first tile. Figures of all tiles at once would have all of them
        painted at once.
        """
        members, views = self.group.members, self._tiles.views
        self._turn = (self._turn + 1) % len(members)
        for place, (member, view) in enumerate(zip(members, views, strict=True)):
            view.show_note(member.note())
            if not figures:
                view.show_report(None)
            elif place == self._turn:
                view.show_report(replace(member.report(), sent="" if place else sent))


def _bind(member: Member, view: VideoView, trails: Trails) -> None:
    def scene(result: FrameResult) -> Scene:
        return Scene(result.tracks, trails.positions(), named=result.named)

    view.scene_of = scene
    view.on_painted = member.session.on_painted
