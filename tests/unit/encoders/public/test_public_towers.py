"""Public towers: equal to the originals, frozen where they must be, trained where they may, rebuilt from a record."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_checkpoints import TEXTS, pictures, preset, save, seed, vary, wordpieces, write_wordpieces
from torch import nn
from torch.nn import functional

from radseek.encoders.aligner import Aligner, unit_vectors
from radseek.encoders.aligner_config import AlignerConfig
from radseek.encoders.public import starting
from radseek.encoders.public.convolutional import DenseNetConfig, ResNetConfig, SwinConfig
from radseek.encoders.public.preset import write_manifest
from radseek.encoders.public.starting import start_image_tower, start_text_tower
from radseek.encoders.public.towers import (
    TowerSpec,
    build_tower,
    describe_tower,
    merge_tower,
)
from radseek.encoders.public.tuning import Tuning
from radseek.encoders.tokenizer import pad_tokens
from radseek.errors import ArtifactError, ConfigError, MismatchError
from radseek.images import Preprocessing, prepare
from radseek.records.config import build_config, resolved_config


@pytest.fixture(scope="module")
def dino(tmp_path_factory):
    """Positions were learned at 28 px; the preset asks for 42."""
    from transformers import Dinov2Config, Dinov2Model

    folder = tmp_path_factory.mktemp("dino")
    seed()
    config = Dinov2Config(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2, image_size=28, patch_size=7
    )
    model = vary(Dinov2Model(config))
    save(model, folder)
    write_manifest(folder, described(folder, "dinov2", preprocessing=Preprocessing("tiny-dino", 42)))
    return model, folder


@pytest.fixture(scope="module", params=["mean", "cls"])
def bert(request, tmp_path_factory):
    """As Bio_ClinicalBERT: a cased vocabulary, a pickled file, a head for masked words around it."""
    from transformers import BertConfig, BertForMaskedLM

    folder = tmp_path_factory.mktemp("bert")
    seed()
    config = BertConfig(
        vocab_size=len(wordpieces()), hidden_size=24, num_hidden_layers=2, num_attention_heads=2, intermediate_size=40,
        max_position_embeddings=48,
    )  # fmt: skip
    model = vary(BertForMaskedLM(config))
    save(model, folder, pickled="pytorch_model.bin")
    write_wordpieces(folder)
    write_manifest(
        folder, described(folder, "bert", pooling=request.param, lowercase=False, preprocessing=None, max_tokens=32)
    )
    return model.bert, folder, request.param


def described(folder, kind: str, **changes):
    from radseek.encoders.public.files import file_digest

    files = {path.name: file_digest(path) for path in folder.iterdir()}
    return preset(kind, files=files, **changes)


def test_dinov2_equals_transformers_at_another_size(dino):
    model, folder = dino
    started = start_image_tower(folder)
    prepared = prepare(pictures(), started.preprocessing)
    features = started.module(prepared)
    wanted = model(pixel_values=prepared).last_hidden_state[:, 1:].transpose(1, 2).reshape(3, 32, 6, 6)
    np.testing.assert_allclose(features.numpy(), wanted.detach().numpy(), atol=1e-5)
    assert started.module.channels == 32
    assert started.module.grid_side(42) == 6


def test_a_cased_bert_equals_transformers(bert):
    from transformers import BertTokenizer

    model, folder, pooling = bert
    started = start_text_tower(folder)
    tokenizer = started.tokenizer()
    tokens = BertTokenizer.from_pretrained(folder, do_lower_case=False)(
        TEXTS, padding=True, truncation=True, max_length=32, return_tensors="pt"
    )
    ids, mask = pad_tokens(tokenizer.token_lists(TEXTS))
    np.testing.assert_array_equal(ids, tokens.input_ids)
    hidden = model(**tokens).last_hidden_state
    weights = tokens.attention_mask[:, :, None].float()
    wanted = hidden[:, 0] if pooling == "cls" else (hidden * weights).sum(1) / weights.sum(1)
    pooled = started.module(torch.from_numpy(ids), torch.from_numpy(mask))
    np.testing.assert_allclose(pooled.numpy(), wanted.detach().numpy(), atol=1e-5)
    assert started.module.width == 24
    cached = started.module.lower(torch.from_numpy(ids), torch.from_numpy(mask), 1)
    np.testing.assert_allclose(started.module.upper(cached, torch.from_numpy(mask), 1), pooled, atol=1e-6)


def test_the_case_of_a_cased_vocabulary_matters(bert):
    started = start_text_tower(bert[1])
    tokenizer = started.tokenizer()
    assert tokenizer.token_lists(["No"]) != tokenizer.token_lists(["no"])
    lower = replace(started, spec=replace(started.spec, lowercase=True)).tokenizer()
    assert lower.token_lists(["No"]) == lower.token_lists(["no"])


MONAI_SHAPES = {
    "resnet": ResNetConfig((1, 1, 1, 1), (4, 6, 6, 8)),
    "densenet": DenseNetConfig(8, 4, (2, 2, 2, 2)),
    "swin": SwinConfig(12, (1, 1, 1, 1), (2, 3, 4, 6), 4),
}


def monai_network(family: str):
    """The whole network of MONAI, as people train and save it, and its features."""
    from monai.networks.nets import SwinUNETR
    from monai.networks.nets.densenet import DenseNet
    from monai.networks.nets.resnet import ResNet

    shape = MONAI_SHAPES[family]
    if family == "resnet":
        net = ResNet(
            "bottleneck", list(shape.layers), list(shape.widths), spatial_dims=2, n_input_channels=3, num_classes=5,
            conv1_t_stride=2, bias_downsample=False,
        )  # fmt: skip
        deepest = {}
        net.layer4.register_forward_hook(lambda *call: deepest.update(out=call[2]))
        return net, lambda pixels: (net(pixels), deepest["out"])[1]
    if family == "densenet":
        net = DenseNet(2, 3, 5, shape.first_width, shape.growth, shape.blocks)
        return net, lambda pixels: functional.relu(net.features(pixels))
    net = SwinUNETR(
        3, 4, feature_size=shape.width, depths=shape.depths, num_heads=shape.heads, spatial_dims=2, window_size=4
    )
    return net, lambda pixels: net.swinViT(pixels)[-1]


@pytest.mark.parametrize("family", MONAI_SHAPES)
def test_monai_networks_give_their_own_features(family, tmp_path):
    if family == "swin":
        pytest.importorskip("einops", reason="einops is not installed")
    seed(3)
    net, features = monai_network(family)
    vary(net)
    torch.save(
        {"state_dict": {f"module.{name}": tensor for name, tensor in net.state_dict().items()}}, tmp_path / "m.pt"
    )
    tower = {"family": family, **resolved_config(MONAI_SHAPES[family])}
    write_manifest(tmp_path, described(tmp_path, "monai", tower=tower, weights=("m.pt",)))
    started = start_image_tower(tmp_path)
    pixels = torch.rand(2, 3, 64, 64)
    with torch.no_grad():
        wanted, got = features(pixels), started.module(pixels)
    np.testing.assert_allclose(got, wanted, atol=1e-5)
    assert got.shape == (2, started.module.channels, *[started.module.grid_side(64)] * 2)
    assert started.spec.source == "local folder"
    for side in (32, 70, 96):
        assert build_tower(started.spec).eval()(torch.rand(1, 3, side, side)).shape[-1] == started.module.grid_side(
            side
        )


def test_monai_without_weights_starts_at_random_and_cannot_be_frozen(monkeypatch, tmp_path):
    monkeypatch.setenv("RADSEEK_ENCODERS", str(tmp_path))
    started = start_image_tower("monai-densenet121", Tuning("all"))
    assert (started.spec.source, started.module.channels) == ("random", 1024)
    assert all(parameter.requires_grad for parameter in started.module.parameters())
    with pytest.raises(ConfigError, match="starts at random"):
        start_image_tower("monai-densenet121")


# ---- training ---------------------------------------------------------------------------------------------------


class SmallDual(nn.Module):
    """A dual encoder as ours, around two towers that are built from their specs."""

    def __init__(self, image: TowerSpec, text: TowerSpec, dim: int = 16) -> None:
        super().__init__()
        self.image_tower, self.text_tower = build_tower(image), build_tower(text)
        self.aligner = Aligner(self.image_tower.channels, dim, AlignerConfig(layers=1, heads=2, inner_width=32))
        self.text_projection = nn.Linear(self.text_tower.width, dim, bias=False)
        self.log_scale, self.bias = nn.Parameter(torch.tensor(2.3)), nn.Parameter(torch.tensor(-2.0))

    def image_vectors(self, prepared):
        return unit_vectors(self.aligner(self.image_tower(prepared)))[0]

    def text_vectors(self, ids, mask):
        return functional.normalize(self.text_projection(self.text_tower(ids, mask)), dim=-1)


def started_dual(dino, bert, tuning: Tuning):
    image, text = start_image_tower(dino[1], tuning), start_text_tower(bert[1], tuning)
    torch.manual_seed(1)
    model = SmallDual(image.spec, text.spec)
    model.image_tower.load_state_dict(image.module.state_dict())
    model.text_tower.load_state_dict(text.module.state_dict())
    prepared = prepare(pictures(), image.preprocessing)
    tokenizer = text.tokenizer()
    ids, mask = (torch.from_numpy(part) for part in pad_tokens(tokenizer.token_lists(TEXTS[:3])))
    return model, (image, text), (prepared, ids, mask)


def run_steps(model, batch, n_steps: int = 12) -> list[float]:
    prepared, ids, mask = batch
    moving = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(moving, lr=5e-3, weight_decay=0.05)
    losses = []
    for _ in range(n_steps):
        model.train()
        images, texts = model.image_vectors(prepared), model.text_vectors(ids, mask)
        scores = images @ texts.T * model.log_scale.exp() + model.bias
        loss = -functional.logsigmoid(scores * (2 * torch.eye(3) - 1)).mean()  # each picture has its own text
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


@pytest.mark.parametrize("kind", ["frozen", "lora", "all"])
def test_training_lowers_the_loss_and_moves_only_what_may_move(dino, bert, kind):
    model, _, batch = started_dual(dino, bert, Tuning(kind, lora_rank=2))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    losses = run_steps(model, batch)
    assert losses[-1] < 0.8 * losses[0]
    moved = {name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])}
    in_towers = {name for name in moved if name.startswith(("image_tower.", "text_tower."))}
    if kind == "frozen":
        assert in_towers == set()
    elif kind == "lora":
        assert in_towers
        assert all(name.endswith((".up", ".down")) for name in in_towers)
        assert {name.split(".")[-2] for name in in_towers} == {"query", "key", "value", "attended"}
    else:
        assert {name.split(".")[0] for name in in_towers} == {"image_tower", "text_tower"}
        assert any(name.endswith("patches.weight") for name in in_towers)
    assert {"aligner.projection.weight", "text_projection.weight"} <= moved


def test_a_held_tower_has_no_dropout_while_the_model_trains(dino, bert):
    model, _, (prepared, ids, mask) = started_dual(dino, bert, Tuning("lora"))
    model.train()
    torch.testing.assert_close(model.text_tower(ids, mask), model.text_tower(ids, mask), rtol=0, atol=0)
    assert not model.text_tower.training
    whole, _, _ = started_dual(dino, bert, Tuning("all"))
    whole.train()
    assert not torch.equal(whole.text_tower(ids, mask), whole.text_tower(ids, mask))


@pytest.mark.parametrize("merged", [False, True])
def test_saved_towers_are_rebuilt_to_the_same_vectors_without_the_hub(dino, bert, merged, tmp_path, monkeypatch):
    model, (image, text), batch = started_dual(dino, bert, Tuning("lora", lora_rank=3, lora_alpha=5))
    run_steps(model, batch, 4)
    model.eval()
    specs = {"image": image.spec, "text": text.spec}
    with torch.no_grad():
        trained = model.image_vectors(batch[0]), model.text_vectors(*batch[1:])
    if merged:
        specs = {
            "image": merge_tower(model.image_tower, image.spec),
            "text": merge_tower(model.text_tower, text.spec),
        }
        assert not [name for name in model.state_dict() if name.endswith((".up", ".down"))]
        assert specs["image"].tuning == Tuning("frozen")
    with torch.no_grad():
        wanted = model.image_vectors(batch[0]), model.text_vectors(*batch[1:])
    for one, other in zip(trained, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)
    save_file(model.state_dict(), tmp_path / "weights.safetensors")
    (tmp_path / "manifest.json").write_text(json.dumps({name: resolved_config(spec) for name, spec in specs.items()}))

    monkeypatch.setattr(starting, "locate", None)  # no hub, no preset
    kept = {
        name: build_config(plain, TowerSpec)
        for name, plain in json.loads((tmp_path / "manifest.json").read_text()).items()
    }
    assert kept == specs
    again = SmallDual(kept["image"], kept["text"])
    again.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    again.eval()
    with torch.no_grad():
        got = again.image_vectors(batch[0]), again.text_vectors(*batch[1:])
    for one, other in zip(got, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_lora_starts_as_the_tower_itself_and_needs_attention(dino):
    plain, adapted = start_image_tower(dino[1]), start_image_tower(dino[1], Tuning("lora"))
    prepared = prepare(pictures(), plain.preprocessing)
    torch.testing.assert_close(adapted.module(prepared), plain.module(prepared), rtol=0, atol=1e-6)
    shape = resolved_config(ResNetConfig((1, 1, 1, 1), (4, 4, 4, 4)))
    with pytest.raises(ConfigError, match="no attention to adapt"):
        build_tower(TowerSpec("resnet", shape, Tuning("lora")))
    with pytest.raises(ConfigError, match="lora_rank is 0"):
        build_tower(TowerSpec("vision", resolved_config(plain.module.config), Tuning("lora", lora_rank=0)))


def test_wrong_specs_are_refused_by_name():
    with pytest.raises(ConfigError, match="tower family is 'vit'"):
        build_tower(TowerSpec("vit", {}))
    with pytest.raises(ConfigError, match="vision tower: unknown key patch"):
        build_tower(TowerSpec("vision", {"patch": 3}))
    with pytest.raises(ConfigError, match="tuning is 'some'"):
        Tuning("some")
    with pytest.raises(ConfigError, match="swin: 2 depths"):
        describe_tower("swin", SwinConfig(depths=(2, 2)))


def test_a_tower_of_the_other_side_is_refused(dino, bert):
    with pytest.raises(ConfigError, match="has no BERT text tower"):
        start_text_tower(dino[1])
    with pytest.raises(ConfigError, match="it has no image tower"):
        start_image_tower(bert[1])


def test_files_of_another_model_are_refused(dino, bert, tmp_path):
    from transformers import Dinov2Config, Dinov2Model

    changed = json.loads((dino[1] / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(changed | {"model_type": "vit"}))
    write_manifest(tmp_path, described(tmp_path, "dinov2"))
    with pytest.raises(MismatchError, match=r"config\.model_type"):
        start_image_tower(tmp_path)

    (tmp_path / "config.json").write_text(json.dumps(changed | {"hidden_size": 64}))
    (tmp_path / "model.safetensors").write_bytes((dino[1] / "model.safetensors").read_bytes())
    write_manifest(tmp_path, described(tmp_path, "dinov2"))
    with pytest.raises(MismatchError, match=r"weights\..*got \(.*32.*needed \(.*64"):
        start_image_tower(tmp_path)

    giant = tmp_path / "giant"
    save(
        Dinov2Model(Dinov2Config(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, use_swiglu_ffn=True)),
        giant,
    )
    write_manifest(giant, described(giant, "dinov2"))
    with pytest.raises(ArtifactError, match="gated feed-forward"):
        start_image_tower(giant)
