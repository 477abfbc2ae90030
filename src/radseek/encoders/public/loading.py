"""Pairs from the files of a preset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from radseek.encoders.public import naming, shapes
from radseek.encoders.public.bert import BertConfig, PooledBert
from radseek.encoders.public.caption import CaptionTower
from radseek.encoders.public.convolutional import ResNetConfig, ResNetTower
from radseek.encoders.public.files import EncoderFiles
from radseek.encoders.public.pairs import BiovilPair, ClipPair, Pair, SiglipPair, biomedclip_text_projection
from radseek.encoders.public.prenorm import PreNormConfig
from radseek.encoders.public.preset import Located, Preset
from radseek.encoders.public.tokenizing import read_hub_tokenizer, read_wordpieces
from radseek.encoders.public.vision import VisionConfig, VisionTransformer
from radseek.encoders.text_tower import TextTowerConfig
from radseek.encoders.tokenizer import TextTokenizer, Tokenizes
from radseek.errors import ArtifactError, MismatchError

# ViT-B and BERT-base alike; open_clip's file names its parts and not its heads.
_HEAD_WIDTH = 64
_WAY_OUT = "The preset describes another model; mend it or take other files."


@dataclass(frozen=True, slots=True)
class LoadedPair:
    """A pair in memory, evaluation mode, float32, without gradients."""

    preset: Preset
    model: Pair
    tokenizer: Tokenizes
    max_tokens: int
    size_px: int
    dim: int
    revision: str
    """First 12 hex digits of a SHA-256 over all files that were read and what the preset decides beside them."""
    sources: tuple[str, ...]
    notes: tuple[str, ...]


def open_files(located: Located) -> EncoderFiles:
    """The files of an encoder, with the digests that its preset knows."""
    return EncoderFiles(located.folder, located.preset.files, closed=located.has_manifest)


def load_pair(located: Located) -> LoadedPair:
    """The pair whose files are in a folder.

    Raises:
        ArtifactError: When a file is missing, damaged, not what the preset says, or would run code.
        ConfigError: When the preset is no pair, or a needed library is not installed.
        MismatchError: When a digest, an architecture, a shape or a size differs from the preset's.
    """
    preset = located.preset
    if preset.kind not in _BUILDERS or preset.preprocessing is None:
        raise ArtifactError(f"{preset.name} is one {preset.role}, no pair: train with it (docs/encoders.md)")
    files = open_files(located)
    with torch.random.fork_rng(devices=[]):  # initial values are drawn for nothing
        model, tokenizer, max_tokens, dim = _BUILDERS[preset.kind](files, preset)
    if preset.dim not in {0, dim}:
        raise MismatchError("dim", dim, preset.dim, _WAY_OUT)
    if preset.max_tokens > max_tokens:  # fewer may be asked for
        raise MismatchError("max_tokens", max_tokens, preset.max_tokens, _WAY_OUT)
    return LoadedPair(
        preset=preset,
        model=model.eval().requires_grad_(False),
        tokenizer=tokenizer,
        max_tokens=preset.max_tokens or max_tokens,
        size_px=preset.preprocessing.size_px,
        dim=dim,
        revision=content_revision(files, preset),
        sources=(source_of(files, preset),),
        notes=tuple(files.notes),
    )


def content_revision(files: EncoderFiles, preset: Preset) -> str:
    """What makes an encoder's vectors, as 12 hex digits: every file that was read, and the preset's own decisions."""
    decided = {name: getattr(preset, name) for name in ("kind", "max_tokens", "pooling", "lowercase")}
    content = json.dumps([sorted(files.read.items()), decided], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def source_of(files: EncoderFiles, preset: Preset) -> str:
    """Where the weights came from, as far as it is proved: the hub only when a digest or the hub's cache says so."""
    proved = any(preset.files.get(name) for name in files.read if name in (*preset.weights, preset.image_weights))
    in_cache = files.folder.name == preset.revision and files.folder.parent.name == "snapshots"
    return preset.source if preset.source and (proved or in_cache) else "local folder"


def _build_clip(files: EncoderFiles, preset: Preset) -> tuple[Pair, Tokenizes, int, int]:
    config = files.json("config.json")
    shapes.check_model_type(config, ("clip",))
    image = shapes.clip_vision(shapes.section(config, "vision", "clip_vision"), "clip_vision")
    text = shapes.caption(shapes.section(config, "text", "clip_text"), "clip_text")
    dim = int(config.get("projection_dim") or 512)
    check_size(image, preset)
    pair = ClipPair(VisionTransformer(image), CaptionTower(text), nn.Linear(text.stack.width, dim, bias=False), dim)
    naming.fill(pair, naming.rename(files.weights(preset.weights), naming.CLIP))
    max_tokens = preset.max_tokens or text.positions
    return pair, read_hub_tokenizer(files, max_tokens, "clip"), text.positions, dim


def _build_siglip(files: EncoderFiles, preset: Preset) -> tuple[Pair, Tokenizes, int, int]:
    config = files.json("config.json")
    shapes.check_model_type(config, ("siglip",))
    image = shapes.clip_vision(shapes.section(config, "vision", "siglip_vision"), "siglip_vision")
    text = shapes.caption(shapes.section(config, "text", "siglip_text"), "siglip_text")
    check_size(image, preset)
    pair = SiglipPair(VisionTransformer(image), CaptionTower(text))
    naming.fill(pair, naming.rename(files.weights(preset.weights), naming.SIGLIP))
    return pair, read_hub_tokenizer(files, text.positions, "siglip"), text.positions, image.stack.width


def _build_biomedclip(files: EncoderFiles, preset: Preset) -> tuple[Pair, Tokenizes, int, int]:
    content = files.json("open_clip_config.json").get("model_cfg") or {}
    text_config, vision_config = content.get("text_cfg") or {}, content.get("vision_cfg") or {}
    pooler = text_config.get("hf_pooler_type", text_config.get("pooler_type"))
    if not vision_config.get("timm_model_name") or pooler != "cls_last_hidden_state_pooler":
        raise MismatchError("model_cfg", sorted(content), "a timm ViT and a BERT pooled at its first token", _WAY_OUT)
    tensors = naming.rename(files.weights(preset.weights), naming.BIOMEDCLIP)
    side = int(vision_config.get("image_size", 224))
    image, text = _vit_shape(tensors, side), _bert_shape(tensors)
    check_size(image, preset)
    inner, width = _needed(tensors, "text_projection.0.weight").shape
    dim = len(_needed(tensors, "text_projection.2.weight"))
    projection = biomedclip_text_projection(width, inner, dim)
    pair = ClipPair(VisionTransformer(image), PooledBert(BertConfig(text, "cls")), projection, dim)
    naming.fill(pair, tensors)
    max_tokens = int(text_config.get("context_length", 256))
    pieces, lowercase = read_wordpieces(files, preset.lowercase)
    check_vocabulary(len(pieces), text.vocabulary)
    return pair, TextTokenizer(pieces, preset.max_tokens or max_tokens, lowercase), max_tokens, dim


def _build_biovil(files: EncoderFiles, preset: Preset) -> tuple[Pair, Tokenizes, int, int]:
    config = files.json("config.json")
    shapes.check_model_type(config, ("cxr-bert",))
    text = shapes.bert(config, "cls")
    dim = int(config.get("projection_size") or 128)
    image = naming.rename(files.weights((preset.image_weights,)), naming.BIOVIL_IMAGE)
    pair = BiovilPair(ResNetTower(_resnet_shape(image)), PooledBert(text), dim)
    naming.fill(pair, {**image, **naming.rename(files.weights(preset.weights), naming.CXR_BERT)})
    pieces, lowercase = read_wordpieces(files, preset.lowercase)
    check_vocabulary(len(pieces), text.shape.vocabulary)
    positions = text.shape.positions
    return pair, TextTokenizer(pieces, preset.max_tokens or positions, lowercase), positions, dim


_BUILDERS: dict[str, Callable[[EncoderFiles, Preset], tuple[Pair, Tokenizes, int, int]]] = {
    "clip": _build_clip,
    "siglip": _build_siglip,
    "biomedclip": _build_biomedclip,
    "biovil": _build_biovil,
}


def check_size(image: VisionConfig, preset: Preset) -> None:
    """Refuse a preset whose pictures are not those for which a pair was trained.

    Raises:
        MismatchError: When they are of another size.
    """
    if preset.preprocessing is not None and preset.preprocessing.size_px != image.size_px:
        raise MismatchError("preprocessing.size_px", preset.preprocessing.size_px, image.size_px, _WAY_OUT)


def check_vocabulary(n_pieces: int, needed: int) -> None:
    """Refuse a vocabulary that does not fit the word vectors; some checkpoints round their number up.

    Raises:
        MismatchError: When there are more word pieces than vectors, or many fewer.
    """
    if not needed - 64 <= n_pieces <= needed:
        raise MismatchError("vocabulary", n_pieces, needed, "The tokenizer's files belong to another model.")


def _needed(tensors: Mapping[str, Tensor], name: str) -> Tensor:
    if name not in tensors:
        raise ArtifactError(f"the checkpoint lacks {name!r}. {_WAY_OUT}")
    return tensors[name]


def _count(tensors: Mapping[str, Any], prefix: str) -> int:
    places = {name.removeprefix(prefix).split(".")[0] for name in tensors if name.startswith(prefix)}
    return len(places)


def _vit_shape(tensors: Mapping[str, Tensor], size_px: int) -> VisionConfig:
    width, _, patch, _ = _needed(tensors, "image_tower.patches.weight").shape
    stack = PreNormConfig(
        layers=_count(tensors, "image_tower.layers."),
        width=width,
        heads=width // _HEAD_WIDTH,
        inner_width=len(_needed(tensors, "image_tower.layers.0.inner.weight")),
    )
    return VisionConfig(size_px, patch, stack)


def _bert_shape(tensors: Mapping[str, Tensor]) -> TextTowerConfig:
    vocabulary, width = _needed(tensors, "text_tower.embeddings.word.weight").shape
    return TextTowerConfig(
        vocabulary=vocabulary,
        layers=_count(tensors, "text_tower.layers."),
        width=width,
        heads=width // _HEAD_WIDTH,
        inner_width=len(_needed(tensors, "text_tower.layers.0.inner.weight")),
        positions=len(_needed(tensors, "text_tower.embeddings.position.weight")),
    )


def _resnet_shape(tensors: Mapping[str, Tensor]) -> ResNetConfig:
    stages = [f"image_tower.net.layer{place}." for place in (1, 2, 3, 4)]
    reduce = tensors.get("image_tower.reduce.weight")
    return ResNetConfig(
        layers=tuple(_count(tensors, stage) for stage in stages),
        widths=tuple(len(_needed(tensors, f"{stage}0.conv1.weight")) for stage in stages),
        temporal_width=0 if reduce is None else len(reduce),
    )
