"""The list of people in their colours."""

from pytestqt.qtbot import QtBot

from ui.look.colours import track_colour
from ui.panel.people_panel import PeoplePanel, PersonLine


def test_the_chosen_person_keeps_their_colour(qtbot: QtBot) -> None:
    panel = PeoplePanel([])
    qtbot.addWidget(panel)
    panel.resize(300, 200)
    panel.show()
    panel.show_people(
        [PersonLine(1, "0:00 to 0:03"), PersonLine(2, "0:00 to 0:09")], {}, frozenset(), selected=2
    )
    picture = panel.list.grab().toImage()
    colours = {
        picture.pixelColor(x, y).rgb() for x in range(40) for y in range(picture.height() // 2)
    }
    assert {track_colour(1).rgb(), track_colour(2).rgb()} <= colours
