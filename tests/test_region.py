"""Looking in a part of the picture gives poses in pixels of the whole."""

import numpy as np
import pytest
from live_source import numbered, one_person

from core.run.region import RegionEstimator, check_region, pixels_of
from core.types import Frame, PoseBatch


def test_poses_are_moved_back_into_the_frame() -> None:
    sizes = []

    def look(frame: Frame) -> PoseBatch:
        sizes.append(frame.size)
        return one_person(frame)

    estimate = RegionEstimator(look, (0.5, 0.25, 1.0, 0.75))
    poses = estimate(numbered(0, (400, 200)))
    assert sizes == [(200, 100)]
    assert poses.boxes.tolist() == [[250, 75, 350, 125]]
    assert poses.keypoints[0, 0].tolist() == [250, 75]
    estimate.region = None
    assert np.array_equal(
        estimate(numbered(0, (400, 200))).boxes, one_person(numbered(0, (400, 200))).boxes
    )


def test_a_tiny_region_keeps_a_pixel() -> None:
    assert pixels_of((0.999, 0.999, 1.0, 1.0), (10, 10)) == (9, 9, 10, 10)


@pytest.mark.parametrize("region", [(0.5, 0, 0.5, 1), (-0.1, 0, 1, 1), (0, 0.6, 1, 0.5)])
def test_no_part_of_a_picture(region: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="region must be"):
        check_region(region)
