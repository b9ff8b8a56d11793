"""The trainer, or one sentence that says which extra it needs."""

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
