"""The trainer, or one sentence that says which extra it needs."""

from types import ModuleType

from core.errors import UserError


def load_training() -> ModuleType:
    """The module core.train.trainer. Raises UserError when a package that it needs is missing."""
    try:
        from core.train import trainer
    except ModuleNotFoundError as error:
        raise UserError(
            f"training needs {error.name}, which is not installed: pip install 'yolopose[train]'"
        ) from error
    return trainer
