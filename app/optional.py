"""What a plain install leaves out, and the one word more that brings it."""

# package -> (the name it is known by, the extra of pyproject.toml that has it)
OPTIONAL = {
    "torch": ("PyTorch", "train"),
    "matplotlib": ("Matplotlib", "train"),
    "tensorboard": ("TensorBoard", "train"),
}


def missing(package: str) -> str:
    """What to do where a package of `OPTIONAL` is not installed, in one sentence."""
    name, extra = OPTIONAL[package]
    return (
        f"this needs {name}, which a plain install leaves out: `pip install 'yolopose[{extra}]'`, "
        f"in the source folder `pip install -e '.[{extra}]'`"
    )
