"""Connects the widgets and commands with what they do."""

from collections.abc import Callable
from typing import Protocol

from ui.panel.space_playing import SpacePlaying
from ui.session.correcting import Correcting
from ui.session.editing import Editing
from ui.session.file_session import FileSession
from ui.view.video_view import ZOOM_STEP
from ui.window.dialogs import Dialogs
from ui.window.improve_view import ImproveView
from ui.window.output import WindowOutput
from ui.window.people_view import PeopleView
from ui.window.showing import Showing
from ui.window.start import Start
from ui.window.window_parts import WindowParts

SWITCHES = ("skeletons", "boxes", "ids", "names", "trails", "confidence")


class Window(Protocol):
    """What the connections need of the window."""

    parts: WindowParts
    dialogs: Dialogs
    editing: Editing
    correcting: Correcting
    output: WindowOutput
    people: PeopleView
    improve: ImproveView
    space: SpacePlaying
    start: Start
    showing: Showing

    def close(self) -> bool: ...
    def deselect(self) -> None: ...
    def fit(self) -> None: ...
    def next_theme(self) -> None: ...
    def set_full_screen(self, on: bool) -> None: ...


def connect(window: Window) -> None:
    """Everything that a person can do."""
    _connect_panels(window)
    _connect_switches(window)
    _connect_corrections(window)
    _connect_improvement(window)
    viewer, transport = window.parts.viewer, window.parts.controls.transport
    dialogs, editing = window.dialogs, window.editing
    window.parts.actions.connect(
        {
            "open_file": dialogs.open_file,
            "open_folder": dialogs.open_folder,
            "open_space": lambda: dialogs.ask_space(window.space.open),
            "open_sample": window.start.open_sample,
            "add_camera": lambda: dialogs.ask_camera(window.start.addable(), window.showing.add),
            "close_source": window.showing.close_source,
            "snapshot": dialogs.save_snapshot,
            "quit": window.close,
            "undo": editing.undo,
            "redo": editing.redo,
            "name": editing.ask_name,
            "hide": editing.toggle_hidden,
            "split": editing.split,
            "merge": lambda: editing.ask_other("Merge", editing.merge, window.people.known()),
            "swap": lambda: editing.ask_other("Swap", editing.swap, window.people.shown()),
            "deselect": window.deselect,
            "zoom_in": lambda: viewer.view_now.zoom(ZOOM_STEP),
            "zoom_out": lambda: viewer.view_now.zoom(1 / ZOOM_STEP),
            "view_left": lambda: viewer.view_now.pan(-1, 0),
            "view_right": lambda: viewer.view_now.pan(1, 0),
            "view_up": lambda: viewer.view_now.pan(0, -1),
            "view_down": lambda: viewer.view_now.pan(0, 1),
            "alone": viewer.tiles.show_next_alone,
            "fit": window.fit,
            "region": viewer.view.draw_region,
            "no_region": lambda: window.showing.set_region(None),
            "theme": window.next_theme,
            "slower": lambda: transport.step_speed(-1),
            "faster": lambda: transport.step_speed(1),
            "analyse": transport.button.click,
            "next_plot": window.parts.plots.show_next,
            "export_csv": window.output.ask_csv,
            "export_format": window.output.ask_format,
            "export_video": window.output.ask_video,
            "latency_test": dialogs.show_latency_test,
            "diagnostics": dialogs.show_diagnostics,
            "help": dialogs.show_help,
            "keys": dialogs.show_keys,
            "about": dialogs.show_about,
        }
    )
    for name, number in (("play", 0), ("step_back", -1), ("step_forward", 1)):
        _on_file(window, name, number)
    for name, number in (("jump_back", -10), ("jump_forward", 10)):
        _on_file(window, name, number)
    actions = window.parts.actions
    actions["to_start"].triggered.connect(lambda: _with_file(window, lambda s: s.seek(0)))
    actions["to_end"].triggered.connect(lambda: _with_file(window, lambda s: s.seek(len(s) - 1)))
    actions["mark_in"].triggered.connect(
        lambda: _with_file(window, lambda s: s.mark(first=s.number))
    )
    actions["mark_out"].triggered.connect(
        lambda: _with_file(window, lambda s: s.mark(last=s.number))
    )
    actions["unmark"].triggered.connect(lambda: _with_file(window, lambda s: s.mark(0, len(s) - 1)))
    actions["loop"].toggled.connect(lambda on: _with_file(window, lambda s: s.set_loop(on)))


def _connect_panels(window: Window) -> None:
    parts, dialogs = window.parts, window.dialogs
    view = parts.viewer.view
    view.scene_of = window.showing.scene
    view.dropped.connect(window.showing.open_text)
    view.person_clicked.connect(lambda track_id, _: window.editing.select(track_id))
    view.region_drawn.connect(window.showing.set_region)
    view.double_clicked.connect(parts.actions["full_screen"].trigger)
    parts.welcome.source_chosen.connect(window.showing.open)
    parts.welcome.card_chosen.connect(window.start.from_card)
    parts.sources.chosen.connect(window.showing.open)
    parts.sources.file_asked.connect(dialogs.open_file)
    parts.sources.folder_asked.connect(dialogs.open_folder)
    parts.sources.screen_asked.connect(dialogs.open_screen)
    parts.sources.refresh_asked.connect(window.start.list_cameras)
    window.start.cameras.changed.connect(window.start.list_cameras)
    parts.people.selected.connect(window.editing.select)
    parts.overlay.style_changed.connect(view.set_style)
    parts.overlay.style_changed.connect(parts.viewer.tiles.set_style)
    parts.settings.changed.connect(window.showing.use_settings)
    parts.settings.save_asked.connect(dialogs.save_settings)
    parts.settings.load_asked.connect(dialogs.load_settings)


def _connect_corrections(window: Window) -> None:
    view, correcting = window.parts.viewer.view, window.correcting
    view.pose_tools.joint_chosen.connect(correcting.choose)
    view.pose_tools.joint_stepped.connect(correcting.step)
    view.pose_tools.nudged.connect(correcting.nudge)
    view.pose_tools.person_drawn.connect(correcting.add_in)

    def drag(joint: int, x: float, y: float) -> None:
        if not correcting.drag(joint, x, y):
            view.pose_tools.forget_drag()

    view.pose_tools.joint_dragged.connect(drag)
    window.parts.actions.connect(
        {
            "next_person": correcting.next_person,
            "next_joint": lambda: correcting.step(1),
            "joint_before": lambda: correcting.step(-1),
            "joint_hidden": correcting.toggle_hidden,
            "joint_absent": correcting.mark_absent,
            "add_person": correcting.add,
            "remove_person": correcting.remove,
            "copy_pose": correcting.copy_before,
            "between": correcting.interpolate,
            "swap_limb": lambda: correcting.swap_limb(False),
            "swap_limb_on": lambda: correcting.swap_limb(True),
            "swap_body": lambda: correcting.swap_body(False),
            "swap_body_on": lambda: correcting.swap_body(True),
            "save_edits": window.output.ask_edits,
        }
    )


def _connect_improvement(window: Window) -> None:
    improve, improving = window.improve, window.improve.improving
    window.parts.improve.frame_chosen.connect(improving.show)
    window.parts.improve.cancelled.connect(improve.cancel)
    window.parts.actions.connect(
        {
            "propose": improve.propose,
            "more_random": improving.more,
            "frame_right": improving.check,
            "next_frame": improving.next,
            "forget_frame": improving.forget_here,
            "accuracy": improve.show_figures,
            "import_labels": improve.ask_labels,
            "export_labels": lambda: window.output.ask_labels(improving.checked),
            "teach": improve.teach,
            "own_weights": improve.show_weights,
        }
    )


def _connect_switches(window: Window) -> None:
    parts, actions = window.parts, window.parts.actions
    for name in SWITCHES:
        switch, action = parts.overlay.switches[name], actions[name]
        switch.toggled.connect(action.setChecked)
        action.toggled.connect(switch.setChecked)
    parts.overlay.figures.toggled.connect(actions["figures"].setChecked)
    actions["figures"].toggled.connect(parts.overlay.figures.setChecked)
    actions["figures"].toggled.connect(lambda _: window.showing.report_now())
    actions["mirror"].toggled.connect(parts.viewer.view.set_mirrored)
    actions["mirror"].toggled.connect(parts.viewer.tiles.set_mirrored)
    actions["side_panel"].toggled.connect(parts.viewer.side_frame.setVisible)
    actions["full_screen"].toggled.connect(window.set_full_screen)
    actions["steady"].toggled.connect(window.showing.live.set_steady)
    actions["plots"].toggled.connect(parts.plots.setVisible)
    actions["plots"].toggled.connect(lambda _: window.showing.report_now())
    actions["record"].triggered.connect(window.output.record)
    for name, other in (
        ("record_camera", "record_annotated"),
        ("record_annotated", "record_camera"),
    ):
        # Something must be recorded: what is switched off last brings the other back.
        actions[name].toggled.connect(
            lambda on, other=other: None if on else actions[other].setChecked(True)
        )
    actions["follow"].triggered.connect(window.editing.follow)


def _on_file(window: Window, name: str, by: int) -> None:
    def act(session: FileSession) -> None:
        if by:
            session.step(by)
        else:
            session.toggle()

    window.parts.actions[name].triggered.connect(lambda: _with_file(window, act))


def _with_file(window: Window, act: Callable[[FileSession], object]) -> None:
    if window.showing.file is not None:
        act(window.showing.file)
