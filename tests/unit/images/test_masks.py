import numpy as np
import pytest

from radseek.errors import ConfigError
from radseek.images import MASKS, apply_mask, mask_medpix


def test_medpix_footer_and_logo_are_black_and_the_rest_is_untouched():
    white = np.full((100, 200), 255, dtype=np.uint8)
    masked = mask_medpix(white)
    expected = white.copy()
    expected[92:] = 0  # bottom 8 %
    expected[:10, 110:] = 0  # top 10 %, right 45 %
    np.testing.assert_array_equal(masked, expected)
    assert white.min() == 255  # the caller's array is not written


@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (5, 2)])
def test_small_pictures_do_not_vanish(shape):
    assert mask_medpix(np.ones(shape)).shape == shape
    assert mask_medpix(np.ones(shape)).max() == 1


def test_masks_go_by_name():
    picture = np.ones((50, 50))
    assert apply_mask(picture, "none") is picture
    assert apply_mask(picture, "medpix")[-1].max() == 0
    with pytest.raises(ConfigError, match="known masks: medpix, none"):
        apply_mask(picture, "logo")
    assert set(MASKS) == {"none", "medpix"}
