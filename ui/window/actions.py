"""Every command of the window with its name, key and icon, in menus and on the bar."""

from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu

from ui.look.icons import icon
from ui.look.theme import Theme


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be asked for. `key` may be several, parted by `|`."""

    name: str
    menu: str
    text: str
    key: str = ""
    icon: str = ""
    checkable: bool = False
    checked: bool = False


COMMANDS = (
    Command("open_file", "&File", "Open video …", "Ctrl+O", "folder"),
    Command("open_folder", "&File", "Open image folder …", "Ctrl+Shift+O", "images"),
    Command("open_sample", "&File", "Open the sample clip"),
    Command("close_source", "&File", "Close", "Ctrl+W", "close"),
    Command("record", "&File", "Record", "Ctrl+R", "record", checkable=True),
    Command("record_camera", "&File", "Record the camera's picture", "", "", True, True),
    Command("record_annotated", "&File", "Record the annotated picture", "", "", True, True),
    Command("snapshot", "&File", "Save this picture …", "Ctrl+S"),
    Command("export_csv", "&File", "Export tracks as CSV …", "Ctrl+E", "export"),
    Command("export_video", "&File", "Export annotated video …", "Ctrl+Shift+E"),
    Command("quit", "&File", "Quit", "Ctrl+Q"),
    Command("undo", "&People", "Undo", "Ctrl+Z", "undo"),
    Command("redo", "&People", "Redo", "Ctrl+Shift+Z|Ctrl+Y", "redo"),
    Command("name", "&People", "Name …", "F2"),
    Command("follow", "&People", "Follow", "W", checkable=True),
    Command("hide", "&People", "Hide or show", "X", "eye"),
    Command("merge", "&People", "Merge with …"),
    Command("split", "&People", "Split here"),
    Command("swap", "&People", "Swap from here with …"),
    Command("deselect", "&People", "Select nobody", "Escape"),
    Command("play", "&Playback", "Play or pause", "Space", "play"),
    Command("step_back", "&Playback", "One frame back", "Left", "step_back"),
    Command("step_forward", "&Playback", "One frame on", "Right", "step_forward"),
    Command("jump_back", "&Playback", "Ten frames back", "Shift+Left"),
    Command("jump_forward", "&Playback", "Ten frames on", "Shift+Right"),
    Command("to_start", "&Playback", "To the first frame", "Home"),
    Command("to_end", "&Playback", "To the last frame", "End"),
    Command("slower", "&Playback", "Slower", "["),
    Command("faster", "&Playback", "Faster", "]"),
    Command("loop", "&Playback", "Loop", "L", "loop", checkable=True),
    Command("mark_in", "&Playback", "Begin of the part", "I", "mark_in"),
    Command("mark_out", "&Playback", "End of the part", "O", "mark_out"),
    Command("unmark", "&Playback", "The whole clip", "U"),
    Command("skeletons", "&View", "Skeletons", "S", checkable=True, checked=True),
    Command("boxes", "&View", "Boxes", "B", checkable=True),
    Command("ids", "&View", "Ids", "N", checkable=True, checked=True),
    Command("names", "&View", "Names", checkable=True, checked=True),
    Command("trails", "&View", "Trails", "T", checkable=True),
    Command("confidence", "&View", "Confidence", "C", checkable=True),
    Command("steady", "&View", "Steady joints (live)", "J", checkable=True, checked=True),
    Command("figures", "&View", "Figures", "H", checkable=True, checked=True),
    Command("plots", "&View", "Plots", "P", "analyse", checkable=True),
    Command("mirror", "&View", "Mirror", "M", "mirror", checkable=True),
    Command("zoom_in", "&View", "Closer", "+|="),
    Command("zoom_out", "&View", "Further", "-"),
    Command("fit", "&View", "Whole picture", "0", "fit"),
    Command("region", "&View", "Look for people only in …", "R"),
    Command("no_region", "&View", "Look for people everywhere", "Shift+R"),
    Command("side_panel", "&View", "Side panel", "F9", "settings", checkable=True, checked=True),
    Command("full_screen", "&View", "Full screen", "F|F11", "full_screen", checkable=True),
    Command("theme", "&View", "Light or dark", "Ctrl+T", "theme"),
    Command("latency_test", "&Help", "Latency test"),
    Command("diagnostics", "&Help", "Diagnostics"),
    Command("keys", "&Help", "Keys", "F1"),
    Command("about", "&Help", "About"),
)


class Actions:
    """The commands as Qt actions, in the window's menus."""

    def __init__(
        self, window: QMainWindow, theme: Theme, commands: tuple[Command, ...] = COMMANDS
    ) -> None:
        self._actions: dict[str, QAction] = {}
        self._icons: dict[str, str] = {}
        self.commands = commands
        bar = window.menuBar()
        assert bar is not None
        menus: dict[str, QMenu] = {}
        for command in commands:
            menu = menus.get(command.menu)
            if menu is None:
                added = bar.addMenu(command.menu)
                assert added is not None
                menu = menus[command.menu] = added
            action = QAction(command.text, window)
            action.setShortcuts([QKeySequence(key) for key in command.key.split("|") if key])
            action.setCheckable(command.checkable)
            action.setChecked(command.checked)
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{command.text} ({keys})" if keys else command.text)
            menu.addAction(action)
            window.addAction(action)  # keys work in full screen too, where the menus are hidden
            self._actions[command.name] = action
            if command.icon:
                self._icons[command.name] = command.icon
        self.set_theme(theme)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def enable(self, names: tuple[str, ...], on: bool) -> None:
        """Let commands be given, or not."""
        for name in names:
            self._actions[name].setEnabled(on)

    def show_icon(self, name: str, picture: str, theme: Theme) -> None:
        """Another icon for a command, such as pause in place of play."""
        if self._icons.get(name) != picture:
            self._icons[name] = picture
            self._actions[name].setIcon(icon(picture, theme.text))

    def connect(self, slots: dict[str, Callable[[], object]]) -> None:
        """Call a function without arguments whenever its command is given."""
        for name, slot in slots.items():
            self._actions[name].triggered.connect(lambda _, slot=slot: slot())

    def set_theme(self, theme: Theme) -> None:
        """Paint the icons in the theme's colours."""
        for name, picture in self._icons.items():
            self._actions[name].setIcon(icon(picture, theme.text))
