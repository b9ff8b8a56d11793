"""The page of settings says what the program does."""

from dataclasses import dataclass
from pathlib import Path

from app.settings_reference import comments_of, settings_page


@dataclass(frozen=True)
class Example:
    """Three ways to say what a setting is."""

    size: int = 3  # px
    # Two lines
    # above.
    kind: str = "a  # b"
    long: tuple[int, ...] = (
        1,  # of them
    )
    silent: bool = False


def test_comments_beside_and_above_are_found() -> None:
    found = comments_of(Example)
    assert found["size"] == "px"
    assert found["kind"].startswith("Two lines above.")
    assert found["long"] == "of them"
    assert found["silent"] == ""


def test_the_page_is_that_of_the_code() -> None:
    page = (Path(__file__).parent.parent / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == settings_page(), "python -m app.settings_reference > docs/settings.md"
    assert "| `estimator.size` | `512` |" in page
