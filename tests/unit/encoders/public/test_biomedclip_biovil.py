"""BiomedCLIP and BioViL from tensors named as in their files, against a straight computation on those tensors."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from named_tensors import (
    DIM,
    HEADS,
    LAYERS,
    PATCH,
    SIDE,
    WIDTH,
    bert_model,
    write_biomedclip,
    write_biovil,
    write_open_clip_config,
)
from tiny_checkpoints import TEXTS, located, pictures, seed
from torch.nn import functional

from radseek.encoders.public.encoder import PublicEncoder
from radseek.encoders.public.loading import load_pair
from radseek.errors import ArtifactError, MismatchError
from radseek.images import prepare


@pytest.fixture(scope="module")
def biomedclip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("biomedclip")
    seed()
    return write_biomedclip(folder), folder


def straight_vit(tensors: dict[str, torch.Tensor], pixels: torch.Tensor, own_place_only_last: bool) -> torch.Tensor:
    """The trunk computed head by head with plain products: tokens after the last norm `[n, 1 + patches, width]`."""
    n = len(pixels)
    windows = pixels.unfold(2, PATCH, PATCH).unfold(3, PATCH, PATCH)  # [n, 3, rows, cols, patch, patch]
    kernels = tensors["visual.trunk.patch_embed.proj.weight"]
    patches = torch.einsum("ncrsij,kcij->nrsk", windows, kernels) + tensors["visual.trunk.patch_embed.proj.bias"]
    tokens = torch.cat([tensors["visual.trunk.cls_token"].expand(n, 1, WIDTH), patches.reshape(n, -1, WIDTH)], dim=1)
    tokens = tokens + tensors["visual.trunk.pos_embed"]

    def normed(name: str, hidden: torch.Tensor) -> torch.Tensor:
        centred = hidden - hidden.mean(-1, keepdim=True)
        scaled = centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + 1e-6)
        return scaled * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]

    for place in range(LAYERS):
        block = f"visual.trunk.blocks.{place}"
        mixed = normed(f"{block}.norm1", tokens) @ tensors[f"{block}.attn.qkv.weight"].T
        mixed = mixed + tensors[f"{block}.attn.qkv.bias"]
        query, key, value = mixed[..., :WIDTH], mixed[..., WIDTH : 2 * WIDTH], mixed[..., 2 * WIDTH :]
        seen = torch.zeros_like(query)
        for head in range(HEADS):
            part = slice(head * WIDTH // HEADS, (head + 1) * WIDTH // HEADS)
            scores = query[..., part] @ key[..., part].transpose(1, 2) / (WIDTH // HEADS) ** 0.5
            weights = torch.exp(scores - scores.max(-1, keepdim=True).values)
            weights = weights / weights.sum(-1, keepdim=True)
            if own_place_only_last and place == LAYERS - 1:
                weights = torch.eye(tokens.shape[1]).expand_as(weights)
            seen[..., part] = weights @ value[..., part]
        tokens = tokens + seen @ tensors[f"{block}.attn.proj.weight"].T + tensors[f"{block}.attn.proj.bias"]
        inner = normed(f"{block}.norm2", tokens) @ tensors[f"{block}.mlp.fc1.weight"].T
        inner = inner + tensors[f"{block}.mlp.fc1.bias"]
        inner = 0.5 * inner * (1 + torch.erf(inner / 2**0.5))
        tokens = tokens + inner @ tensors[f"{block}.mlp.fc2.weight"].T + tensors[f"{block}.mlp.fc2.bias"]
    return normed("visual.trunk.norm", tokens)


def test_biomedclip_equals_a_straight_computation(biomedclip):
    tensors, folder = biomedclip
    options = {"weights": ("open_clip_model.safetensors", "open_clip_pytorch_model.bin"), "dim": DIM}
    encoder = PublicEncoder(load_pair(located("biomedclip", folder, **options)), "torch-f32")
    prepared = prepare(pictures(), encoder.spec.preprocessing)
    projection = tensors["visual.head.proj.weight"].T
    wanted = functional.normalize(straight_vit(tensors, prepared, False)[:, 0] @ projection, dim=-1)
    np.testing.assert_allclose(encoder.encode_images(pictures()), wanted.numpy(), atol=1e-5)
    wanted = functional.normalize(straight_vit(tensors, prepared, True)[:, 1:] @ projection, dim=-1)
    np.testing.assert_allclose(encoder.encode_patches(pictures()), wanted.view(3, SIDE, SIDE, DIM).numpy(), atol=1e-5)


def test_biomedclip_texts_equal_transformers_bert_and_the_two_products(biomedclip):
    from transformers import BertTokenizer

    tensors, folder = biomedclip
    prefix = "text.transformer."
    model = bert_model()
    own = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    model.load_state_dict({name: tensor for name, tensor in own.items() if "position_ids" not in name})
    tokens = BertTokenizer.from_pretrained(folder)(
        TEXTS, padding="max_length", truncation=True, max_length=48, return_tensors="pt"
    )
    first = model(**tokens).last_hidden_state[:, 0]
    inner = functional.gelu(first @ tensors["text.proj.0.weight"].T)
    wanted = functional.normalize(inner @ tensors["text.proj.2.weight"].T, dim=-1).detach().numpy()
    options = {"weights": ("open_clip_pytorch_model.bin",)}
    encoder = PublicEncoder(load_pair(located("biomedclip", folder, **options)), "torch-f32")
    np.testing.assert_allclose(encoder.encode_texts(TEXTS), wanted, atol=1e-5)
    assert encoder.spec.max_tokens == 48


def test_another_open_clip_model_is_refused(biomedclip, tmp_path):
    for file in biomedclip[1].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    write_open_clip_config(tmp_path, hf_pooler_type="mean_pooler")
    with pytest.raises(MismatchError, match="model_cfg"):
        load_pair(located("biomedclip", tmp_path, weights=("open_clip_pytorch_model.bin",)))


# ---- BioViL -----------------------------------------------------------------------------------------------------


def straight_resnet(tensors: dict[str, torch.Tensor], pixels: torch.Tensor) -> torch.Tensor:
    """Features after the fourth stage, with torch's functions on the tensors (He et al., bottleneck, stride on 3x3)."""

    def batch_norm(name: str, hidden: torch.Tensor) -> torch.Tensor:
        mean, var = tensors[f"{name}.running_mean"], tensors[f"{name}.running_var"]
        return functional.batch_norm(hidden, mean, var, tensors[f"{name}.weight"], tensors[f"{name}.bias"])

    net = "encoder.encoder"
    hidden = functional.conv2d(pixels, tensors[f"{net}.conv1.weight"], stride=2, padding=3)
    hidden = functional.max_pool2d(functional.relu(batch_norm(f"{net}.bn1", hidden)), 3, 2, 1)
    for stage, repeats in ((1, 2), (2, 1), (3, 1), (4, 2)):
        for block in range(repeats):
            here, stride = f"{net}.layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            inner = functional.relu(
                batch_norm(f"{here}.bn1", functional.conv2d(hidden, tensors[f"{here}.conv1.weight"]))
            )
            inner = functional.conv2d(inner, tensors[f"{here}.conv2.weight"], stride=stride, padding=1)
            inner = functional.relu(batch_norm(f"{here}.bn2", inner))
            inner = batch_norm(f"{here}.bn3", functional.conv2d(inner, tensors[f"{here}.conv3.weight"]))
            if block == 0:
                hidden = functional.conv2d(hidden, tensors[f"{here}.downsample.0.weight"], stride=stride)
                hidden = batch_norm(f"{here}.downsample.1", hidden)
            hidden = functional.relu(inner + hidden)
    return hidden


@pytest.fixture(scope="module", params=[0, 10], ids=["biovil", "biovil-t"])
def biovil(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("biovil")
    seed()
    return *write_biovil(folder, request.param), folder


def test_biovil_equals_a_straight_computation(biovil):
    image, bert, head, folder = biovil
    encoder = PublicEncoder(load_pair(located("biovil", folder, dim=DIM)), "torch-f32")
    prepared = prepare(pictures(), encoder.spec.preprocessing)
    features = straight_resnet(image, prepared)
    if "encoder.backbone_to_vit.weight" in image:
        reduced = functional.conv2d(features, image["encoder.backbone_to_vit.weight"])
        features = torch.cat([reduced, image["encoder.missing_previous_emb"].expand_as(reduced)], dim=1)
    first = functional.conv2d(features, image["projector.model.0.weight"])
    statistics = [image[f"projector.model.1.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
    inner = functional.relu(functional.batch_norm(first, *statistics))
    mapped = functional.conv2d(inner, image["projector.model.3.weight"], image["projector.model.3.bias"])
    wanted = functional.normalize(mapped.mean(dim=(2, 3)), dim=-1).numpy()
    np.testing.assert_allclose(encoder.encode_images(pictures()), wanted, atol=1e-5)
    wanted = functional.normalize(mapped, dim=1).permute(0, 2, 3, 1).numpy()
    np.testing.assert_allclose(encoder.encode_patches(pictures()), wanted, atol=1e-5)


def test_cxr_bert_texts_equal_transformers_bert_and_the_projection_head(biovil):
    from transformers import BertTokenizer

    _, bert, head, folder = biovil
    tokens = BertTokenizer.from_pretrained(folder)(
        TEXTS, padding=True, truncation=True, max_length=64, return_tensors="pt"
    )
    first = bert(**tokens, output_hidden_states=True).hidden_states[-1][:, 0]
    name = "cls_projection_head"
    inner = functional.gelu(
        functional.linear(first, head[f"{name}.dense_to_hidden.weight"], head[f"{name}.dense_to_hidden.bias"])
    )
    inner = functional.layer_norm(
        inner, (DIM,), head[f"{name}.LayerNorm.weight"], head[f"{name}.LayerNorm.bias"], eps=1e-12
    )
    out = functional.linear(inner, head[f"{name}.dense_to_output.weight"], head[f"{name}.dense_to_output.bias"])
    encoder = PublicEncoder(load_pair(located("biovil", folder)), "torch-f32")
    np.testing.assert_allclose(
        encoder.encode_texts(TEXTS), functional.normalize(out, dim=-1).detach().numpy(), atol=1e-5
    )
    assert any("auto_map" in note for note in encoder.notes)


def test_a_damaged_image_model_is_refused(biovil, tmp_path):
    for file in biovil[-1].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "image.pt").write_bytes(b"PK\x03\x04 not a torch file")
    with pytest.raises(ArtifactError, match=r"image\.pt is not a torch weights file"):
        load_pair(located("biovil", tmp_path))
