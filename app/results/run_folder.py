"""The folder of a training run: only what an earlier run left in it is replaced."""

from collections.abc import Sequence
from pathlib import Path

from app.results.ownership import Outputs, foreign, remember
from core.errors import OutputError
from core.tracks.improve.lesson import LESSON, PROGRESS

# What TensorBoard reads has a name of its own in each run.
TRAINING = (
    *("best.safetensors", "last.safetensors", "state.pt"),
    *("metrics.csv", "curves.png", "batch.png", "predictions.png"),
)
TEACHING = (
    *("learn.json", "held_out.json", "network.yaml", "ordinary", "before_after_#.jpg"),
    *(PROGRESS, LESSON, *TRAINING),
)


def claim_run(folder: Path, files: Sequence[str], overwrite: bool) -> Outputs:
    """Make the folder of a run, and say in a hidden record that these files in it are the run's.

    Raises OutputError where one of them is there already and no earlier run's.
    """
    outputs = Outputs(folder, "run", str(folder), tuple(files))
    path = None if overwrite else foreign(outputs)
    if path is not None:
        raise OutputError(
            f"{path}: is there already and is of no earlier run; choose another folder for the "
            "run, or replace it with --overwrite"
        )
    remember(outputs)
    return outputs
