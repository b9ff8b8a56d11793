"""What a run leaves to look at: metrics as CSV and TensorBoard, plots, pictures."""

from pathlib import Path

from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from core.part_file import output_errors, write_whole
from core.train.batches import Batch
from core.train.pictures import draw_batch, plot_curves
from core.train.resume import TrainingProgress
from core.train.settings import TrainSettings

_SMOOTH = 0.02  # weight of the newest step in the numbers on the progress line


class RunLog:
    """Writes one row an epoch: mean losses, rates, metrics."""

    def __init__(
        self, folder: Path, settings: TrainSettings, active: bool, progress: TrainingProgress
    ) -> None:
        self._folder = folder
        self._batch = settings.batch
        with output_errors(folder):
            self._board = SummaryWriter(str(folder)) if active else None
        self._progress = progress
        self._smooth: dict[str, float] = {}
        self._path = folder / "metrics.csv"
        if active:
            _drop_rows_after(self._path, progress.step)

    def step(self, rate: float, parts: dict[str, Tensor], waited_s: float, worked_s: float) -> None:
        """Take note of one step: the losses, and where its time went."""
        values = {name: float(part.detach()) for name, part in parts.items()}
        values["loss"] = sum(values.values())
        values |= {"learning_rate": rate, "wait_s": waited_s, "work_s": worked_s}
        self._progress.count += 1
        sums = self._progress.sums
        for name, value in values.items():
            sums[name] = sums.get(name, 0.0) + value
            old = self._smooth.get(name, value)
            self._smooth[name] = old + _SMOOTH * (value - old)

    def summary(self) -> str:
        """Loss, images a second of the step and of the loader, for the progress line."""
        smooth = self._smooth
        busy = smooth["wait_s"] + smooth["work_s"]
        return (
            f"loss {smooth['loss']:.3f}, {self._batch / busy:.0f} images/s, "
            f"waiting for data {100 * smooth['wait_s'] / busy:.0f} %"
        )

    def epoch(self, metrics: dict[str, float]) -> None:
        """Write the means since the last call, with the metrics, and draw the curves anew.

        Raises OutputError.
        """
        progress = self._progress
        if self._board is None or not progress.count:
            return
        means = {name: value / progress.count for name, value in progress.sums.items()}
        images_s = self._batch / (means["wait_s"] + means["work_s"])
        row = {"step": progress.step, **means, "images_s": images_s, **metrics}
        earlier = self._path.read_text() if self._path.exists() else f"{','.join(row)}\n"
        write_whole(self._path, f"{earlier}{','.join(f'{v:.6g}' for v in row.values())}\n")
        with output_errors(self._folder):
            for name, value in row.items():
                self._board.add_scalar(name, value, progress.step)
        plot_curves(self._path, self._folder / "curves.png")
        progress.sums, progress.count = {}, 0

    def picture_batch(self, batch: Batch) -> None:
        """Draw an augmented batch with its labels: a look at it before a long run pays."""
        draw_batch(batch, self._folder / "batch.png")

    def close(self) -> None:
        """Close the files."""
        if self._board is not None:
            with output_errors(self._folder):
                self._board.close()


def _drop_rows_after(path: Path, step: int) -> None:
    """Rows that a run wrote after the state that it is resumed from would be written twice."""
    if not path.exists():
        return
    header, *rows = path.read_text().splitlines(keepends=True)
    kept = [row for row in rows if float(row.split(",", 1)[0]) <= step]
    if kept:
        write_whole(path, header + "".join(kept))
    else:
        path.unlink()
