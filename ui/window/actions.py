"""Every command of the window with its name, key and icon, in menus and on the bar."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu

from ui.look.icons import icon
from ui.look.theme import Theme

# What must be there before a command makes sense: nothing, anything shown, a single picture,
# several, a clip, a live run, a single one, a selected person, one in a clip that stands still, or
# a chosen keypoint of theirs.
Needs = Literal[
    "", "source", "picture", "several", "file", "live", "camera", "person", "pose", "joint"
]


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be asked for. `key` may be several, separated by `|`."""

    name: str
    menu: str
    text: str
    key: str = ""
    icon: str = ""
    checkable: bool = False
    checked: bool = False
    needs: Needs = ""


COMMANDS = (
    Command("open_file", "&File", "Open video …", "Ctrl+O", "folder"),
    Command("open_folder", "&File", "Open image folder …", "Ctrl+Shift+O", "images"),
    Command("open_space", "&File", "Open skeletons in space …", needs="file"),
    Command("open_sample", "&File", "Open the sample clip"),
    Command("add_camera", "&File", "Add a camera …", "Ctrl+Shift+A", "camera", needs="live"),
    Command("close_source", "&File", "Close", "Ctrl+W", "close", needs="source"),
    Command("record", "&File", "Record", "Ctrl+R", "record", checkable=True, needs="live"),
    Command("record_camera", "&File", "Record the camera's picture", "", "", True, True),
    Command("record_annotated", "&File", "Record the annotated picture", "", "", True, True),
    Command("snapshot", "&File", "Save this picture …", "Ctrl+S", needs="picture"),
    Command("export_csv", "&File", "Export tracks as CSV …", "Ctrl+E", "export", needs="file"),
    Command("export_video", "&File", "Export annotated video …", "Ctrl+Shift+E", needs="file"),
    Command("export_format", "&File", "Export for other programs …", needs="file"),
    Command("export_labels", "&File", "Export labels …", needs="file"),
    Command("save_edits", "&File", "Save corrections …", "Ctrl+Shift+S", needs="file"),
    Command("import_labels", "&File", "Import corrections …", needs="file"),
    Command("quit", "&File", "Quit", "Ctrl+Q"),
    Command("undo", "&People", "Undo", "Ctrl+Z", "undo"),
    Command("redo", "&People", "Redo", "Ctrl+Shift+Z|Ctrl+Y", "redo"),
    Command("name", "&People", "Name …", "F2", needs="person"),
    Command("follow", "&People", "Follow", "W", checkable=True, needs="person"),
    Command("hide", "&People", "Hide or show", "X", "eye", needs="person"),
    Command("merge", "&People", "Merge with …", needs="file"),
    Command("split", "&People", "Split here", needs="file"),
    Command("swap", "&People", "Swap from here with …", needs="file"),
    Command("deselect", "&People", "Select nobody", "Escape"),
    Command("next_person", "&Correct", "Next person", "G", needs="file"),
    Command("next_joint", "&Correct", "Next keypoint", ".", needs="pose"),
    Command("joint_before", "&Correct", "Keypoint before", ",", needs="pose"),
    Command("joint_hidden", "&Correct", "Keypoint hidden or seen", "V", needs="joint"),
    Command("joint_absent", "&Correct", "Keypoint absent", "Del", needs="joint"),
    Command("add_person", "&Correct", "Add a person", "A", needs="file"),
    Command("remove_person", "&Correct", "Remove from this frame", "Shift+Del", needs="pose"),
    Command("copy_pose", "&Correct", "Pose of the frame before", "D", needs="pose"),
    Command("between", "&Correct", "Interpolate between corrected frames", "K", needs="pose"),
    Command("swap_limb", "&Correct", "Swap sides of the limb here", "Q", needs="joint"),
    Command(
        "swap_limb_on", "&Correct", "Swap sides of the limb from here on", "Alt+Q", needs="joint"
    ),
    Command("swap_body", "&Correct", "Swap left and right here", "Shift+Q", needs="pose"),
    Command(
        "swap_body_on", "&Correct", "Swap left and right from here on", "Alt+Shift+Q", needs="pose"
    ),
    Command("propose", "&Improve", "Propose 20 frames", "Ctrl+P", needs="file"),
    Command("more_random", "&Improve", "10 more at random", needs="file"),
    Command("frame_right", "&Improve", "This frame is right", "Ctrl+Return", needs="file"),
    Command("next_frame", "&Improve", "Next frame", "Ctrl+N", needs="file"),
    Command("forget_frame", "&Improve", "Take this frame off the list", needs="file"),
    Command("accuracy", "&Improve", "All figures …", needs="file"),
    Command("teach", "&Improve", "Teach the network", needs="file"),
    Command("own_weights", "&Improve", "Own weights …"),
    Command("play", "&Playback", "Play or pause", "Space", "play", needs="file"),
    Command("step_back", "&Playback", "One frame back", "Left", "step_back", needs="file"),
    Command("step_forward", "&Playback", "One frame on", "Right", "step_forward", needs="file"),
    Command("jump_back", "&Playback", "Ten frames back", "Shift+Left", needs="file"),
    Command("jump_forward", "&Playback", "Ten frames on", "Shift+Right", needs="file"),
    Command("to_start", "&Playback", "To the first frame", "Home", needs="file"),
    Command("to_end", "&Playback", "To the last frame", "End", needs="file"),
    Command("slower", "&Playback", "Slower", "[", needs="file"),
    Command("faster", "&Playback", "Faster", "]", needs="file"),
    Command("analyse", "&Playback", "Analyse, or cancel it", "Y", needs="file"),
    Command("loop", "&Playback", "Loop", "L", "loop", checkable=True, needs="file"),
    Command("mark_in", "&Playback", "Begin of the part", "I", "mark_in", needs="file"),
    Command("mark_out", "&Playback", "End of the part", "O", "mark_out", needs="file"),
    Command("unmark", "&Playback", "The whole clip", "U", needs="file"),
    Command("skeletons", "&View", "Skeletons", "S", checkable=True, checked=True),
    Command("boxes", "&View", "Boxes", "B", checkable=True),
    Command("ids", "&View", "Ids", "N", checkable=True, checked=True),
    Command("names", "&View", "Names", checkable=True, checked=True),
    Command("trails", "&View", "Trails", "T", checkable=True),
    Command("confidence", "&View", "Confidence", "C", checkable=True),
    Command("steady", "&View", "Steady joints (live)", "J", checkable=True, checked=True),
    Command("figures", "&View", "Figures", "H", checkable=True, checked=True),
    Command("plots", "&View", "Plots", "P", "analyse", checkable=True),
    Command("next_plot", "&View", "Next kind of curve", "Shift+P", needs="source"),
    Command("space", "&View", "Skeletons in space", "3", checkable=True, needs="file"),
    Command("mirror", "&View", "Mirror", "M", "mirror", checkable=True),
    Command("zoom_in", "&View", "Closer", "+|="),
    Command("zoom_out", "&View", "Further", "-"),
    Command("fit", "&View", "Whole picture", "0", "fit"),
    Command("view_left", "&View", "Further left in the picture", "Ctrl+Left", needs="source"),
    Command("view_right", "&View", "Further right in the picture", "Ctrl+Right", needs="source"),
    Command("view_up", "&View", "Further up in the picture", "Ctrl+Up", needs="source"),
    Command("view_down", "&View", "Further down in the picture", "Ctrl+Down", needs="source"),
    Command("alone", "&View", "One source alone, then the next", "1", needs="several"),
    Command("region", "&View", "Look for people only in …", "R"),
    Command("no_region", "&View", "Look for people everywhere", "Shift+R"),
    Command("side_panel", "&View", "Side panel", "F9", "settings", checkable=True, checked=True),
    Command("full_screen", "&View", "Full screen", "F|F11", "full_screen", checkable=True),
    Command("theme", "&View", "Light or dark", "Ctrl+T", "theme"),
    Command("latency_test", "&Help", "Latency test", needs="camera"),
    Command("diagnostics", "&Help", "Diagnostics"),
    Command("help", "&Help", "Help", "F1"),
    Command("keys", "&Help", "Keys", "Shift+F1"),
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

    def enable(self, there: Collection[Needs]) -> None:
        """Let those commands be given whose needs are there; those without needs always can be."""
        for command in self.commands:
            if command.needs:
                self._actions[command.name].setEnabled(command.needs in there)

    def show_icon(self, name: str, picture: str) -> None:
        """Another icon for a command, such as pause in place of play."""
        if self._icons.get(name) != picture:
            self._icons[name] = picture
            self._actions[name].setIcon(icon(picture, self._theme.text))

    def connect(self, slots: dict[str, Callable[[], object]]) -> None:
        """Call a function without arguments whenever its command is given."""
        for name, slot in slots.items():
            self._actions[name].triggered.connect(lambda _, slot=slot: slot())

    def set_theme(self, theme: Theme) -> None:
        """Paint the icons in the theme's colours."""
        self._theme = theme
        for name, picture in self._icons.items():
            self._actions[name].setIcon(icon(picture, theme.text))
