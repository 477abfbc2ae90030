"""Shapes of public models from their `config.json`, which leaves out what is a default.

The defaults are those of Hugging Face's configuration classes; a test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from radseek.encoders.public.bert import BertConfig
from radseek.encoders.public.caption import CaptionConfig
from radseek.encoders.public.prenorm import ACTIVATIONS, PreNormConfig
from radseek.encoders.public.vision import VisionConfig
from radseek.encoders.text_tower import TextTowerConfig
from radseek.errors import ArtifactError, MismatchError

_BASE = {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}
_CLIP = {"hidden_act": "quick_gelu", "layer_norm_eps": 1e-5}
_SIGLIP = {"hidden_act": "gelu_pytorch_tanh", "layer_norm_eps": 1e-6}
DEFAULTS: dict[str, Mapping[str, Any]] = {
    "clip_text": {
        **_CLIP,
        "hidden_size": 512,
        "intermediate_size": 2048,
        "num_hidden_layers": 12,
        "num_attention_heads": 8,
        "vocab_size": 49408,
        "max_position_embeddings": 77,
        "eos_token_id": 49407,
    },
    "clip_vision": {**_BASE, **_CLIP, "image_size": 224, "patch_size": 32, "num_channels": 3},
    "siglip_text": {**_BASE, **_SIGLIP, "vocab_size": 32000, "max_position_embeddings": 64},
    "siglip_vision": {
        **_BASE, **_SIGLIP, "image_size": 224, "patch_size": 16, "num_channels": 3, "vision_use_head": True,
    },
    "dinov2": {
        "hidden_size": 768,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "mlp_ratio": 4,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-6,
        "image_size": 224,
        "patch_size": 14,
        "num_channels": 3,
        "qkv_bias": True,
        "use_swiglu_ffn": False,
    },
    "bert": {
        **_BASE,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "vocab_size": 30522,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
        "hidden_dropout_prob": 0.1,
    },
}  # fmt: skip
"""Kind of model -> what its configuration means where it says nothing."""

_WAY_OUT = "Give a checkpoint of the kind that the preset names."
# First CLIP files carry a wrong id of the end token; their text is read at the highest id (transformers #24773).
_OLD_CLIP_END = 2


def check_model_type(config: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
    """Refuse the configuration of another architecture.

    Raises:
        MismatchError: When `model_type` is none of `allowed`.
    """
    got = config.get("model_type")
    if got not in allowed:
        hint = "NaFlex checkpoints of SigLIP 2 are not supported, fixed-size ones are. " if got == "siglip2" else ""
        raise MismatchError("config.model_type", got, " or ".join(allowed), hint + _WAY_OUT)


def section(config: Mapping[str, Any], side: str, kind: str) -> dict[str, Any]:
    """The part of a pair's configuration for one `side` (`text`, `vision`), old double entries resolved."""
    values = dict(config.get(f"{side}_config") or {})
    doubled = config.get(f"{side}_config_dict")
    if doubled:  # early CLIP files have both; the second stands for itself and wins, defaults included
        values.update({**DEFAULTS[kind], **doubled})
    return values


def clip_vision(values: Mapping[str, Any], kind: str) -> VisionConfig:
    """The vision side of CLIP (`clip_vision`) or SigLIP (`siglip_vision`).

    Raises:
        ArtifactError: When the configuration asks for what is not supported.
    """
    full = _complete(values, kind)
    is_clip = kind == "clip_vision"
    if not is_clip and not full["vision_use_head"]:
        raise ArtifactError("the SigLIP checkpoint has no pooling head, so its pictures have no vector")
    return VisionConfig(
        size_px=full["image_size"],
        patch_px=full["patch_size"],
        stack=_stack(full),
        summary_token=is_clip,
        first_norm=is_clip,
        patch_bias=not is_clip,
    )


def caption(values: Mapping[str, Any], kind: str) -> CaptionConfig:
    """The text side of CLIP (`clip_text`) or SigLIP (`siglip_text`).

    Raises:
        ArtifactError: When the configuration asks for what is not supported.
    """
    full = _complete(values, kind)
    end = full.get("eos_token_id") if kind == "clip_text" else None
    if kind == "clip_text" and end == _OLD_CLIP_END:
        end = full["vocab_size"] - 1
    return CaptionConfig(full["vocab_size"], full["max_position_embeddings"], _stack(full), end)


def dinov2(values: Mapping[str, Any]) -> VisionConfig:
    """A DINOv2 without registers.

    Raises:
        ArtifactError: When the configuration asks for what is not supported.
    """
    full = _complete(values, "dinov2")
    if full["use_swiglu_ffn"]:
        raise ArtifactError("DINOv2 with gated feed-forward parts (giant) is not supported; take small, base or large")
    full["intermediate_size"] = int(full["hidden_size"] * full["mlp_ratio"])
    stack = _stack(full, layer_scale=True)
    return VisionConfig(full["image_size"], full["patch_size"], stack)


def bert(values: Mapping[str, Any], pooling: str) -> BertConfig:
    """A BERT encoder.

    Raises:
        ArtifactError: When the configuration asks for what is not supported.
    """
    full = _complete(values, "bert")
    fixed = {"hidden_act": "gelu", "layer_norm_eps": 1e-12, "type_vocab_size": 2}
    for name, needed in fixed.items():
        if full[name] != needed:
            raise ArtifactError(f"the BERT checkpoint has {name} {full[name]!r}; only {needed!r} is supported")
    shape = TextTowerConfig(
        vocabulary=full["vocab_size"],
        layers=full["num_hidden_layers"],
        width=full["hidden_size"],
        heads=full["num_attention_heads"],
        inner_width=full["intermediate_size"],
        positions=full["max_position_embeddings"],
        dropout=full["hidden_dropout_prob"],
    )
    return BertConfig(shape, pooling)


def _complete(values: Mapping[str, Any], kind: str) -> dict[str, Any]:
    full = {**DEFAULTS[kind], **{name: value for name, value in values.items() if value is not None}}
    for name, default in DEFAULTS[kind].items():
        kinds = (int, float) if isinstance(default, float) or name == "mlp_ratio" else type(default)
        if not isinstance(full[name], kinds):
            raise ArtifactError(f"config.json has {name} {full[name]!r}; {type(default).__name__} is needed")
    if full["hidden_act"] not in ACTIVATIONS:
        raise ArtifactError(f"activation {full['hidden_act']!r} is not supported; known: {', '.join(ACTIVATIONS)}")
    if full.get("num_channels", 3) != 3:
        raise ArtifactError(f"the checkpoint takes {full['num_channels']} channels; only 3 are supported")
    return full


def _stack(full: Mapping[str, Any], layer_scale: bool = False) -> PreNormConfig:
    return PreNormConfig(
        layers=full["num_hidden_layers"],
        width=full["hidden_size"],
        heads=full["num_attention_heads"],
        inner_width=full["intermediate_size"],
        activation=full["hidden_act"],
        eps=full["layer_norm_eps"],
        layer_scale=layer_scale,
        qkv_bias=full.get("qkv_bias", True),
    )
