"""Two ranks give the gradients of one rank with the joint batch."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
import torch.multiprocessing as multiprocessing
import yaml
from networks import TINY, settings_file
from stick_people import write_dataset
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from core.model.network import PoseNetwork
from core.train.augment import AugmentSettings
from core.train.batches import Sampling, TrainingSamples, epoch_batches
from core.train.dataset import read_dataset
from core.train.image_cache import ImageCache
from core.train.loss import LossSettings
from core.train.ranks import Ranks, joined_ranks
from core.train.step import TrainingModule


def gradients(folder: Path, ranks: Ranks) -> dict[str, Tensor]:
    """Of the first batch of four pictures, shared out to the ranks; norms as in evaluation."""
    images = read_dataset(folder / "people.json", 17)
    sampling = Sampling(
        seed=1,
        batch=4 // ranks.count,
        steps=1,
        sizes=(64,),
        rank=ranks.rank,
        ranks=ranks.count,
    )
    with ranks.first_ahead():
        cache = ImageCache(images, 128, folder / f"cache of {ranks.count}")
    samples = TrainingSamples(
        images, cache, np.full(len(images), 1 / len(images)), AugmentSettings(), sampling, 0
    )
    (batch,) = epoch_batches(samples, sampling, 0, 0)
    torch.manual_seed(0)
    network = PoseNetwork(TINY)
    module = TrainingModule(network, LossSettings(heatmaps=0.3, distance=0.1), ranks.share)
    module.eval()  # batch norm with fixed statistics: the same on every rank
    runner: torch.nn.Module = module
    if ranks.count > 1:
        runner = DistributedDataParallel(module)
    sum(runner(batch, None).values()).backward()
    return {n: p.grad for n, p in module.named_parameters() if p.grad is not None}


def _rank(rank: int, folder: Path) -> None:
    torch.set_num_threads(1)
    os.environ |= {
        "RANK": str(rank),
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": (folder / "port").read_text(),
    }
    with joined_ranks(torch.device("cpu")) as ranks:
        found = gradients(folder, ranks)
        if ranks.first:
            torch.save(found, folder / "gradients.pt")


def test_two_gloo_processes_equal_one(tmp_path: Path) -> None:
    import socket

    write_dataset(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        (tmp_path / "port").write_text(str(free.getsockname()[1]))
    alone = gradients(tmp_path, Ranks(0, 1))
    multiprocessing.spawn(_rank, (tmp_path,), nprocs=2)
    together = torch.load(tmp_path / "gradients.pt", weights_only=True)
    assert together.keys() == alone.keys()
    largest = max(float(g.abs().max()) for g in alone.values())
    assert largest > 1e-3
    for name, gradient in alone.items():
        torch.testing.assert_close(together[name], gradient, rtol=1e-3, atol=1e-5 * largest)


def test_two_ranks_run_a_recipe_of_parts(tmp_path: Path) -> None:
    data = write_dataset(tmp_path / "data")
    network = settings_file(tmp_path, TINY)
    tiny = {"model": network, "epochs": 1, "steps": 1, "batch": 4, "sizes": [64], "workers": 0}
    recipe = {
        "common": tiny | {"validation_size": 64, "precision": "float32"},
        "parts": [{"name": "first"}, {"name": "second"}],
    }
    (tmp_path / "both.yaml").write_text(yaml.safe_dump(recipe))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", "-m", "app", "train", str(tmp_path / "both.yaml")]
    command += ["--data", str(data), "--validation", str(data)]
    command += ["--output", str(tmp_path / "run"), "--cache", str(tmp_path / "cache")]
    # Ranks that wait for each other would wait for hours.
    subprocess.run(command, check=True, timeout=240, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert (tmp_path / "run" / "second" / "last.safetensors").is_file()
