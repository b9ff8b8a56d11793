"""The jobs of many clips on a Ray cluster; results go to a folder that all machines share."""

import importlib
import os
from collections.abc import Iterator, Sequence

from app.clips.batch import MOST_ATTEMPTS, ClipJob, ClipOutcome, again, lost, surprise, work_alone
from core.errors import SettingsError, UserError


def run_on_ray(jobs: Sequence[ClipJob], address: str) -> Iterator[ClipOutcome]:
    """Outcomes as clips end. `address` is that of a cluster, or `auto` for the one here.

    A clip takes one processor and, where the cluster has any, one GPU. A clip whose worker or
    machine dies is done again, where it stopped if its log of poses can be read from there.
    Raises SettingsError without Ray or without a cluster.
    """
    try:
        ray = importlib.import_module("ray")
    except ImportError as error:
        raise SettingsError("--ray needs Ray: pip install 'yolopose[cluster]'") from error
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves this computer
    if not ray.is_initialized():
        try:
            ray.init(address=address, log_to_driver=False)
        except ConnectionError as error:
            raise SettingsError(f"--ray {address}: there is no Ray cluster ({error})") from error
    gpus = 1 if any(node["Resources"].get("GPU") for node in ray.nodes()) else 0
    remote = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=0)(work_alone)
    pending = {remote.remote(job): (job, 1) for job in jobs}
    while pending:
        (done,), _ = ray.wait(list(pending), num_returns=1)
        job, attempt = pending.pop(done)
        try:
            yield ray.get(done)
        except UserError:
            raise  # no clip can be processed then
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, UserError):
                raise error.cause from error
            yield surprise(job, error)
        except ray.exceptions.RayError:
            if attempt == MOST_ATTEMPTS:
                yield lost(job)
            else:
                pending[remote.remote(again(job))] = (job, attempt + 1)
