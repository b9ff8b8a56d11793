"""The trainer, or one sentence that says which extra it needs."""

from importlib.util import find_spec
from types import ModuleType

from app.optional import OPTIONAL, missing
from core.errors import UserError


def load_training() -> ModuleType:
    """The module core.train.trainer. Raises UserError when a package that it needs is missing."""
    try:
        from core.train import trainer
    except ModuleNotFoundError as error:
        if error.name not in OPTIONAL:
            raise
        raise UserError(f"training: {missing(error.name)}") from error
    return trainer


def why_no_training() -> str:
    """What is not installed that training needs, and what to install; nothing where all is."""
    lacking = [package for package in OPTIONAL if find_spec(package) is None]
    if not lacking:
        return ""
    name, extra = OPTIONAL[lacking[0]]
    return (
        f"Teaching needs {name}, which a plain install and the application to download leave out: "
        f"pip install 'yolopose[{extra}]'"
    )
