"""Keeps list, commands and picture in line with who is there, selected and followed."""

from typing import TYPE_CHECKING

from ui.panel.people_panel import Person
from ui.panel.timeline import clock_text
from ui.window.wiring import OF_FILES, OF_LIVE, OF_PEOPLE

if TYPE_CHECKING:
    from ui.window.main_window import MainWindow


class PeopleView:
    """Reads the window's state and shows it; decides nothing."""

    def __init__(self, window: "MainWindow") -> None:
        self._window = window

    def shown(self) -> list[int]:
        """The ids in the present picture."""
        shown = self._window.parts.viewer.view.shown
        return [] if shown is None else shown.result.tracks.ids.tolist()

    def known(self) -> list[int]:
        """The ids of the clip, or of the present picture of a live run."""
        lanes = self._window.parts.controls.timeline.lanes
        return self.shown() if self._window.file is None else lanes.ids.tolist()

    def changed(self) -> None:
        """Somebody was selected, named, hidden or corrected."""
        self._window.parts.viewer.view.follow(self._window.editing.followed)
        self.enable_commands()
        self.refresh()

    def refresh(self) -> None:
        """List the people and draw their curves."""
        window = self._window
        lanes, file, editing = window.parts.controls.timeline.lanes, window.file, window.editing
        if file is not None and len(file):
            people = [
                Person(
                    int(track_id),
                    f"{clock_text(float(file.times_s[first]))} – "
                    f"{clock_text(float(file.times_s[last]))}",
                )
                for track_id, first, last in zip(lanes.ids, lanes.first, lanes.last, strict=True)
                if last < len(file)
            ]
        else:
            people = [Person(track_id, "") for track_id in self.shown()]
        window.parts.people.show_people(people, editing.names, editing.hidden, editing.selected)
        window.plotting.refresh()

    def enable_commands(self) -> None:
        """Let those commands be given that make sense now."""
        window, editing = self._window, self._window.editing
        actions = window.parts.actions
        there = window.session is not None
        actions.enable(OF_FILES, window.file is not None)
        actions.enable(OF_LIVE, there and window.file is None)
        actions.enable(OF_PEOPLE, there and editing.selected is not None)
        actions.enable(("close_source", "snapshot"), there)
        actions["undo"].setEnabled(editing.log.can_undo)
        actions["redo"].setEnabled(editing.log.can_redo)
        actions["follow"].setChecked(editing.followed is not None)
