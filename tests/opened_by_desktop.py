"""The program's window, to which the desktop hands a file as macOS does.

`python tests/opened_by_desktop.py CLIP` opens it without a source, has Qt say that CLIP was opened,
in the way in which its part for macOS does it, prints the path of the clip that is shown, and ends.
"""

import ctypes
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import PyQt6
from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

from app.commands import gui
from app.settings import AppSettings
from core.run.background import end_of_process
from ui.window.application import Application
from ui.window.main_window import MainWindow

assert PyQt6.__file__ is not None
LIBRARY = Path(PyQt6.__file__).parent / "Qt6" / "lib" / "libQt6Gui.so.6"
HANDLE = "_ZN22QWindowSystemInterface19handleFileOpenEventERK7QString"
run = Application.exec


class Text(ctypes.Structure):
    """A QString of memory that is somebody else's."""

    _fields_ = (
        ("owned", ctypes.c_void_p),
        ("characters", ctypes.c_void_p),
        ("count", ctypes.c_ssize_t),
    )


def opened_by_desktop(path: str) -> ctypes.Array[ctypes.c_char]:
    """Say that a file was opened; what is returned must stay until Qt has heard it."""
    characters = path.encode("utf-16-le")
    memory = ctypes.create_string_buffer(characters + b"\0\0")
    text = Text(None, ctypes.addressof(memory), len(characters) // 2)
    handle = getattr(ctypes.CDLL(str(LIBRARY)), HANDLE)
    handle.argtypes = [ctypes.POINTER(Text)]
    handle.restype = None
    handle(ctypes.byref(text))
    return memory


def driven() -> int:
    """Let the event loop run until a clip is shown."""
    (window,) = (w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))
    memory = opened_by_desktop(sys.argv[1])

    def look() -> None:
        session = window.showing.file
        if session is not None and session.settled:
            print(session.source.address, flush=True)
            timer.stop()
            window.close()

    timer = QTimer(window)
    timer.timeout.connect(look)
    timer.start(20)
    code = run()
    del memory
    return code


Application.exec = staticmethod(driven)  # type: ignore[method-assign]
sys.exit(end_of_process(gui.show(AppSettings(), [], "raster")))
