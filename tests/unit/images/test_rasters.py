import numpy as np
import pytest
from PIL import Image

from radseek.errors import DecodeError, InputError
from radseek.images import read_raster

GREY = np.arange(200, dtype=np.uint8).reshape(10, 20)


def test_grey_depths_and_colour(tmp_path):
    Image.fromarray(GREY).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_raster(tmp_path / "a.png"), GREY)
    deep = GREY.astype(np.uint16) * 300
    Image.fromarray(deep).save(tmp_path / "b.png")
    np.testing.assert_array_equal(read_raster(tmp_path / "b.png"), deep)
    assert read_raster(tmp_path / "b.png").dtype == np.uint16
    Image.fromarray(np.stack([GREY] * 3, -1)).save(tmp_path / "c.png")
    np.testing.assert_array_equal(read_raster(tmp_path / "c.png"), GREY)
    Image.fromarray(GREY).convert("RGBA").save(tmp_path / "d.png")
    np.testing.assert_array_equal(read_raster(tmp_path / "d.png"), GREY)
    Image.fromarray(GREY).convert("1").save(tmp_path / "e.png")
    assert set(np.unique(read_raster(tmp_path / "e.png"))) <= {0, 255}
    Image.fromarray(GREY).save(tmp_path / "f.jpg", quality=95)
    assert np.abs(read_raster(tmp_path / "f.jpg").astype(int) - GREY).mean() < 5


def test_what_is_no_picture_is_refused_without_its_name(tmp_path):
    secret = tmp_path / "Miller_Anna.png"
    secret.write_text("not a picture")
    with pytest.raises(DecodeError, match="neither PNG nor JPEG") as caught:
        read_raster(secret)
    assert "Miller" not in str(caught.value)
    whole = tmp_path / "whole.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (99, 99), dtype=np.uint8)).save(whole)
    cut = tmp_path / "Miller_Anna_2.png"
    cut.write_bytes(whole.read_bytes()[:3000])
    with pytest.raises(DecodeError, match="damaged"):
        read_raster(cut)
    Image.fromarray(GREY).save(tmp_path / "x.gif")
    with pytest.raises(DecodeError, match="neither"):
        read_raster(tmp_path / "x.gif")


def test_absent_files_and_folders(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_raster(tmp_path / "absent.png")
    with pytest.raises(InputError, match="cannot be read"):
        read_raster(tmp_path)


def test_a_picture_beyond_the_pixel_limit_is_refused(tmp_path, monkeypatch):
    Image.fromarray(GREY).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 150)  # 200 pixels: Pillow warns above, refuses above twice
    with pytest.raises(DecodeError, match="more pixels than the limit"):
        read_raster(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 50)
    with pytest.raises(DecodeError, match="more pixels than the limit"):
        read_raster(tmp_path / "a.png")
