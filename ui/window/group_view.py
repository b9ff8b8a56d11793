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
        """Show what came since the last time."""
        for newest, view, trails in zip(
            self.group.take(), self._tiles.views, self._trails, strict=True
        ):
            if newest is not None:
                trails.add(newest.result.tracks, newest.result.frame.time_s)
                view.show_result(newest)

    def report(self, figures: bool, sent: str) -> None:
        """Show the figures and what is missing; what was sent stands in the first tile."""
        for number, (member, view) in enumerate(
            zip(self.group.members, self._tiles.views, strict=True)
        ):
            report = replace(member.report(), sent="" if number else sent)
            view.show_report(report if figures else None)
            view.show_note(member.note())


def _bind(member: Member, view: VideoView, trails: Trails) -> None:
    def scene(result: FrameResult) -> Scene:
        return Scene(result.tracks, trails.positions(), named=result.named)

    view.scene_of = scene
    view.on_painted = member.session.on_painted
