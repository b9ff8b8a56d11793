"""Keeps list, commands and picture in line with who is there, selected and followed."""

from collections.abc import Callable

from ui.panel.people_panel import PersonLine
from ui.panel.plotting import Plotting
from ui.panel.timeline import clock_text
from ui.session.correcting import Correcting
from ui.session.editing import Editing
from ui.session.file_session import FileSession
from ui.session.live_group import LiveGroup
from ui.session.live_session import LiveSession
from ui.session.session import Session
from ui.window.actions import Needs
from ui.window.window_parts import WindowParts


class PeopleView:
    """Reads what is shown and who is selected, and shows it; decides nothing."""

    def __init__(
        self,
        parts: WindowParts,
        editing: Editing,
        correcting: Correcting,
        plotting: Plotting,
        session: Callable[[], Session | None],
    ) -> None:
        self._parts = parts
        self._editing = editing
        self._correcting = correcting
        self._there: tuple[Needs, ...] = ()
        self._plotting = plotting
        self._session = session

    def shown(self) -> list[int]:
        """The ids in the present picture."""
        shown = self._parts.viewer.view.shown
        return [] if shown is None else shown.result.tracks.ids.tolist()

    def known(self) -> list[int]:
        """The ids of the clip, or of the present picture of a live run."""
        lanes = self._parts.controls.timeline.lanes
        return lanes.ids.tolist() if isinstance(self._session(), FileSession) else self.shown()

    def changed(self) -> None:
        """Somebody was selected, named, hidden or corrected."""
        self._parts.viewer.view.follow(self._editing.followed)
        self.show_handles()
        self.enable_commands()
        self.refresh()

    def show_handles(self) -> None:
        """Handles on the selected person while the clip stands still."""
        correcting = self._correcting
        if correcting.person is None:
            correcting.joint = None
        self._parts.viewer.view.pose_tools.show_handles(correcting.person, correcting.joint)
        if ("pose" in self._there) != (correcting.person is not None):
            self.enable_commands()

    def refresh(self) -> None:
        """List the people and draw their curves."""
        lanes, file, editing = self._parts.controls.timeline.lanes, self._session(), self._editing
        if isinstance(file, FileSession) and len(file):
            people = [
                PersonLine(
                    int(track_id),
                    f"{clock_text(float(file.times_s[first]))} – "
                    f"{clock_text(float(file.times_s[last]))}",
                )
                for track_id, first, last in zip(lanes.ids, lanes.first, lanes.last, strict=True)
                if last < len(file)
            ]
        else:
            people = [PersonLine(track_id, "") for track_id in self.shown()]
        self._parts.people.show_people(people, editing.names, editing.hidden, editing.selected)
        self._plotting.refresh()

    def enable_commands(self) -> None:
        """Let those commands be given that make sense now."""
        actions, editing, session = self._parts.actions, self._editing, self._session()
        there: list[Needs] = []
        if session is not None:
            there = ["source", "file" if isinstance(session, FileSession) else "live"]
            there.append("several" if isinstance(session, LiveGroup) else "picture")
            if isinstance(session, LiveSession):
                there.append("camera")
            if editing.selected is not None:
                there.append("person")
        if self._correcting.person is not None:
            there.append("pose")
            if self._correcting.joint is not None:
                there.append("joint")
        self._there = tuple(there)
        actions.enable(there)
        actions["undo"].setEnabled(editing.log.can_undo)
        actions["redo"].setEnabled(editing.log.can_redo)
        actions["follow"].setChecked(editing.followed is not None)
