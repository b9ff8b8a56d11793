"""What else lies in a folder of images stops nothing, and names may be of any encoding."""

import os
import sys

import pytest

from app.results.source_digest import source_sha256
from core.video.source import image_files


def test_folders_and_dangling_links_are_no_images(tmp_path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"1")
    (tmp_path / "thumb.jpg").mkdir()
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    assert image_files(str(tmp_path)) == [tmp_path / "1.jpg"]


@pytest.mark.skipif(sys.platform != "linux", reason="others refuse such names")
def test_a_name_that_is_not_utf8_has_a_digest(tmp_path) -> None:
    (tmp_path / os.fsdecode(b"\xe9t\xe9.jpg")).write_bytes(b"1")
    assert len(source_sha256(str(tmp_path)) or "") == 64
