"""Every command's help ends with two examples that its parser takes."""

import shlex

import pytest

from app.__main__ import COMMANDS, main, parser_for
from app.examples import EXAMPLES


def test_every_command_has_two_different_ones() -> None:
    assert EXAMPLES.keys() == COMMANDS.keys()
    assert all(len(set(examples)) == 2 for examples in EXAMPLES.values())


@pytest.mark.parametrize("command", COMMANDS)
def test_they_are_taken(command: str) -> None:
    for example in EXAMPLES[command]:
        words = shlex.split(example)
        assert parser_for(words).parse_args(words).command == command


def test_the_help_ends_with_them(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        told = capsys.readouterr().out
        ending = "".join(f"  python -m app {example}\n" for example in EXAMPLES[command])
        assert told.endswith(f"examples:\n{ending}")
        assert "usage: python -m app" in told
