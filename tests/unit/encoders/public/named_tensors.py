"""Tiny random BiomedCLIP and BioViL folders, under the names of their files."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tiny_checkpoints import vary, wordpieces, write_wordpieces

WIDTH, HEADS, LAYERS, INNER, PATCH, SIDE, DIM = 128, 2, 2, 80, 8, 4, 24


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape) * 0.2


def linear(name: str, out: int, width: int) -> dict[str, torch.Tensor]:
    return {f"{name}.weight": random(out, width), f"{name}.bias": random(out)}


def norm(name: str, width: int) -> dict[str, torch.Tensor]:
    return {f"{name}.weight": 1 + random(width), f"{name}.bias": random(width)}


def open_clip_tensors() -> dict[str, torch.Tensor]:
    """A random checkpoint under open_clip's names: a timm trunk, a BERT, two projections."""
    tensors = {
        "logit_scale": torch.tensor(4.0),
        "visual.trunk.cls_token": random(1, 1, WIDTH),
        "visual.trunk.pos_embed": random(1, SIDE * SIDE + 1, WIDTH),
        "visual.trunk.patch_embed.proj.weight": random(WIDTH, 3, PATCH, PATCH),
        "visual.trunk.patch_embed.proj.bias": random(WIDTH),
        **norm("visual.trunk.norm", WIDTH),
        "visual.head.proj.weight": random(DIM, WIDTH),
        "text.transformer.embeddings.position_ids": torch.arange(64)[None],
        "text.proj.0.weight": random(40, WIDTH),
        "text.proj.2.weight": random(DIM, 40),
    }
    for place in range(LAYERS):
        block = f"visual.trunk.blocks.{place}"
        tensors |= {
            **norm(f"{block}.norm1", WIDTH),
            **linear(f"{block}.attn.qkv", 3 * WIDTH, WIDTH),
            **linear(f"{block}.attn.proj", WIDTH, WIDTH),
            **norm(f"{block}.norm2", WIDTH),
            **linear(f"{block}.mlp.fc1", INNER, WIDTH),
            **linear(f"{block}.mlp.fc2", WIDTH, INNER),
        }
    bert = bert_model()
    tensors |= {f"text.transformer.{name}": tensor for name, tensor in bert.state_dict().items()}
    return tensors


def bert_model():
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=len(wordpieces()), hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        intermediate_size=INNER, max_position_embeddings=64,
    )  # fmt: skip
    return vary(BertModel(config, add_pooling_layer=False))


def write_open_clip_config(folder, **changes):
    config = {
        "model_cfg": {
            "embed_dim": DIM,
            "vision_cfg": {"timm_model_name": "vit_base_patch16_224", "timm_proj": "linear", "image_size": 32},
            "text_cfg": {
                "hf_model_name": "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract",
                "hf_proj_type": "mlp",
                "hf_pooler_type": "cls_last_hidden_state_pooler",
                "context_length": 48,
            }
            | changes,
        },
        "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.3, 0.3, 0.3]},
    }
    (folder / "open_clip_config.json").write_text(json.dumps(config))


def biovil_tensors(temporal: int) -> dict[str, torch.Tensor]:
    """A random image model under BioViL's names: a small ResNet, a projector and, for BioViL-T, the temporal part."""
    tensors: dict[str, torch.Tensor] = {}

    def conv(name: str, out: int, into: int, kernel: int) -> None:
        tensors[f"{name}.weight"] = random(out, into, kernel, kernel)

    def batch_norm(name: str, width: int) -> None:
        tensors.update(norm(name, width))
        tensors[f"{name}.running_mean"] = random(width)
        tensors[f"{name}.running_var"] = random(width).abs() + 0.5
        tensors[f"{name}.num_batches_tracked"] = torch.tensor(7)

    net = "encoder.encoder"
    conv(f"{net}.conv1", 6, 3, 7)
    batch_norm(f"{net}.bn1", 6)
    into = 6
    for stage, (width, repeats) in enumerate(((6, 2), (8, 1), (10, 1), (12, 2)), start=1):
        for block in range(repeats):
            here = f"{net}.layer{stage}.{block}"
            conv(f"{here}.conv1", width, into, 1)
            conv(f"{here}.conv2", width, width, 3)
            conv(f"{here}.conv3", 4 * width, width, 1)
            for place, out in ((1, width), (2, width), (3, 4 * width)):
                batch_norm(f"{here}.bn{place}", out)
            if block == 0:
                conv(f"{here}.downsample.0", 4 * width, into, 1)
                batch_norm(f"{here}.downsample.1", 4 * width)
            into = 4 * width
    tensors |= {f"{net}.fc.weight": random(1000, into), f"{net}.fc.bias": random(1000)}
    if temporal:
        conv("encoder.backbone_to_vit", temporal, into, 1)
        tensors["encoder.missing_previous_emb"] = random(1, temporal, 1, 1)
        tensors["encoder.vit_pooler.type_embed"] = random(2, 1, temporal)
    conv("projector.model.0", DIM, 2 * temporal or into, 1)
    batch_norm("projector.model.1", DIM)
    conv("projector.model.3", DIM, DIM, 1)
    tensors["projector.model.3.bias"] = random(DIM)
    return tensors


def write_biomedclip(folder: Path) -> dict[str, torch.Tensor]:
    """The tensors of a random BiomedCLIP that is now in `folder`."""
    tensors = open_clip_tensors()
    torch.save(tensors, folder / "open_clip_pytorch_model.bin")
    write_open_clip_config(folder)
    write_wordpieces(folder)
    return tensors


def write_biovil(folder: Path, temporal: int):
    """Image tensors, BERT and projection head of a random BioViL (`temporal` channels for BioViL-T) now in `folder`."""
    from transformers import BertConfig, BertForMaskedLM

    image = biovil_tensors(temporal)
    torch.save(image, folder / "image.pt")
    config = BertConfig(
        vocab_size=len(wordpieces()), hidden_size=48, num_hidden_layers=2, num_attention_heads=3, intermediate_size=64,
        max_position_embeddings=64,
    )  # fmt: skip
    bert = vary(BertForMaskedLM(config))
    head = {
        **linear("cls_projection_head.dense_to_hidden", DIM, 48),
        **norm("cls_projection_head.LayerNorm", DIM),
        **linear("cls_projection_head.dense_to_output", DIM, DIM),
    }
    torch.save({**bert.state_dict(), **head}, folder / "pytorch_model.bin")
    stored = config.to_dict() | {"model_type": "cxr-bert", "projection_size": DIM, "architectures": ["CXRBertModel"]}
    stored["auto_map"] = {"AutoModel": "modeling_cxrbert.CXRBertModel"}
    (folder / "config.json").write_text(json.dumps(stored))
    write_wordpieces(folder)
    return image, bert, head
