"""OpenSim motion files with joint and segment angles, one a person, as Sports2D lays them out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.part_file import write_whole
from core.tracks.formats.people import Clip
from core.tracks.measure.measures import Measures

EXPLANATION = (
    "Units are S.I. units (second, meters, Newtons, ...)\n"
    "If the header above contains a line with 'inDegrees', this indicates whether rotational "
    "values are in degrees (yes) or radians (no)."
)


def write_opensim_mot(folder: Path, measured: Sequence[Measures], clip: Clip) -> list[Path]:
    """`NAME_angles_person01.mot`, ...: degrees, `nan` where there is none. Raises OutputError.

    nColumns counts the time, as OpenSim reads it.
    """
    paths = []
    for person in measured:
        angles = {
            name.removesuffix("_deg"): values
            for name, values in person.columns.items()
            if name.endswith("_deg")
        }
        rows = np.stack([person.motion.times_s, *angles.values()], axis=1)
        lines = [
            "Coordinates",
            "version=1",
            f"nRows={len(rows)}",
            f"nColumns={rows.shape[1]}",
            "inDegrees=yes",
            "",
            EXPLANATION,
            "",
            "endheader",
            "\t".join(("time", *angles)),
            *("\t".join(f"{value:.6f}" for value in row) for row in rows.tolist()),
        ]
        paths.append(folder / f"{clip.name}_angles_person{person.motion.track_id:02d}.mot")
        write_whole(paths[-1], "\n".join(lines) + "\n")
    return paths
