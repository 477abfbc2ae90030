"""From the tensor names of public checkpoints to ours: rules as tables, applied by one function."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor, nn

from radseek.errors import ArtifactError, MismatchError

Rules = Mapping[str, str]
"""Regular expression of a whole public name -> our name. `{qkv}` in ours splits a joint tensor into three."""

_PARTS = ("query", "key", "value")
_WAY_OUT = "This is not the checkpoint that the preset describes."

_HF_LAYER = {
    "layer_norm1": "attention_norm",
    "layer_norm2": "inner_norm",
    r"self_attn\.q_proj": "query",
    r"self_attn\.k_proj": "key",
    r"self_attn\.v_proj": "value",
    r"self_attn\.out_proj": "attended",
    r"mlp\.fc1": "inner",
    r"mlp\.fc2": "outer",
}


def _layers(public: str, parts: Mapping[str, str], ours: str) -> dict[str, str]:
    return {rf"{public}\.(\d+)\.{part}\.(weight|bias)": rf"{ours}layers.\1.{name}.\2" for part, name in parts.items()}


def _clip_tower(public: str, ours: str) -> dict[str, str]:
    return _layers(rf"{public}\.encoder\.layers", _HF_LAYER, ours)


_CLIP_VISION = {
    **_clip_tower("vision_model", "image_tower."),
    r"vision_model\.embeddings\.class_embedding": "image_tower.summary",
    r"vision_model\.embeddings\.position_embedding\.weight": "image_tower.positions",
    r"vision_model\.embeddings\.patch_embedding\.(weight|bias)": r"image_tower.patches.\1",
    r"vision_model\.pre_layrnorm\.(weight|bias)": r"image_tower.first_norm.\1",
    r"vision_model\.post_layernorm\.(weight|bias)": r"image_tower.last_norm.\1",
}
_CAPTION = {
    **_clip_tower("text_model", "text_tower."),
    r"text_model\.embeddings\.token_embedding\.weight": "text_tower.words.weight",
    r"text_model\.embeddings\.position_embedding\.weight": "text_tower.positions",
    r"text_model\.final_layer_norm\.(weight|bias)": r"text_tower.last_norm.\1",
}
_BERT_LAYER = {
    r"attention\.self\.query": "query",
    r"attention\.self\.key": "key",
    r"attention\.self\.value": "value",
    r"attention\.output\.dense": "attended",
    r"attention\.output\.LayerNorm": "attended_norm",
    r"intermediate\.dense": "inner",
    r"output\.dense": "outer",
    r"output\.LayerNorm": "outer_norm",
}


def _bert(public: str, ours: str) -> dict[str, str]:
    embedding = rf"{public}embeddings"
    return {
        rf"{embedding}\.word_embeddings\.weight": f"{ours}embeddings.word.weight",
        rf"{embedding}\.position_embeddings\.weight": f"{ours}embeddings.position.weight",
        rf"{embedding}\.token_type_embeddings\.weight": f"{ours}embeddings.segment.weight",
        rf"{embedding}\.LayerNorm\.(weight|bias)": rf"{ours}embeddings.norm.\1",
        **_layers(rf"{public}encoder\.layer", _BERT_LAYER, ours),
    }


CLIP: Rules = {
    **_CLIP_VISION,
    **_CAPTION,
    r"visual_projection\.weight": "image_projection.weight",
    r"text_projection\.weight": "text_projection.weight",
}
"""Hugging Face `CLIPModel`."""

SIGLIP: Rules = {
    **_CLIP_VISION,
    **_CAPTION,
    r"text_model\.head\.(weight|bias)": r"text_projection.\1",
    r"vision_model\.head\.probe": "pool.probe",
    r"vision_model\.head\.attention\.in_proj_(weight|bias)": r"pool.{qkv}.\1",
    r"vision_model\.head\.attention\.out_proj\.(weight|bias)": r"pool.attended.\1",
    r"vision_model\.head\.layernorm\.(weight|bias)": r"pool.inner_norm.\1",
    r"vision_model\.head\.mlp\.fc1\.(weight|bias)": r"pool.inner.\1",
    r"vision_model\.head\.mlp\.fc2\.(weight|bias)": r"pool.outer.\1",
}
"""Hugging Face `SiglipModel`."""

BIOMEDCLIP: Rules = {
    **_layers(
        r"visual\.trunk\.blocks",
        {
            "norm1": "attention_norm",
            "norm2": "inner_norm",
            r"attn\.qkv": "{qkv}",
            r"attn\.proj": "attended",
            r"mlp\.fc1": "inner",
            r"mlp\.fc2": "outer",
        },
        "image_tower.",
    ),
    r"visual\.trunk\.cls_token": "image_tower.summary",
    r"visual\.trunk\.pos_embed": "image_tower.positions",
    r"visual\.trunk\.patch_embed\.proj\.(weight|bias)": r"image_tower.patches.\1",
    r"visual\.trunk\.norm\.(weight|bias)": r"image_tower.last_norm.\1",
    r"visual\.head\.proj\.weight": "image_projection.weight",
    **_bert(r"text\.transformer\.", "text_tower."),
    r"text\.proj\.0\.weight": "text_projection.0.weight",
    r"text\.proj\.2\.weight": "text_projection.2.weight",
}
"""open_clip's `CustomTextCLIP` with a timm trunk and a BERT."""

DINOV2: Rules = {
    r"embeddings\.cls_token": "summary",
    r"embeddings\.position_embeddings": "positions",
    r"embeddings\.patch_embeddings\.projection\.(weight|bias)": r"patches.\1",
    **_layers(
        r"encoder\.layer",
        {
            "norm1": "attention_norm",
            "norm2": "inner_norm",
            r"attention\.attention\.query": "query",
            r"attention\.attention\.key": "key",
            r"attention\.attention\.value": "value",
            r"attention\.output\.dense": "attended",
            r"mlp\.fc1": "inner",
            r"mlp\.fc2": "outer",
        },
        "",
    ),
    r"encoder\.layer\.(\d+)\.layer_scale1\.lambda1": r"layers.\1.attention_scale",
    r"encoder\.layer\.(\d+)\.layer_scale2\.lambda1": r"layers.\1.inner_scale",
    r"layernorm\.(weight|bias)": r"last_norm.\1",
}
"""Hugging Face `Dinov2Model`, as files are stored."""

BERT: Rules = _bert(r"(?:bert\.)?", "")
"""Hugging Face `BertModel`, alone or inside a model for masked words."""

CXR_BERT: Rules = {
    **_bert(r"bert\.", "text_tower."),
    r"cls_projection_head\.dense_to_hidden\.(weight|bias)": r"text_projection.0.\1",
    r"cls_projection_head\.LayerNorm\.(weight|bias)": r"text_projection.2.\1",
    r"cls_projection_head\.dense_to_output\.(weight|bias)": r"text_projection.3.\1",
}
"""CXR-BERT with the head that projects its first token."""

_BN = "(weight|bias|running_mean|running_var|num_batches_tracked)"
BIOVIL_IMAGE: Rules = {
    r"encoder\.encoder\.((?:conv1|bn1|layer[1-4])\..+)": r"image_tower.net.\1",
    r"encoder\.backbone_to_vit\.weight": "image_tower.reduce.weight",
    r"encoder\.missing_previous_emb": "image_tower.no_prior",
    r"projector\.model\.0\.weight": "image_projection.0.weight",
    rf"projector\.model\.1\.{_BN}": r"image_projection.1.\1",
    r"projector\.model\.3\.(weight|bias)": r"image_projection.3.\1",
}
"""BioViL's and BioViL-T's image model."""

MONAI_RESNET: Rules = {r"(?:module\.)?((?:conv1|bn1|layer[1-4])\..+)": r"net.\1"}
"""MONAI's `ResNet`, and torchvision's of the same shape."""

MONAI_DENSENET: Rules = {
    r"(?:module\.)?(features\.(?:conv0|norm0|norm5|transition\d\.\w+)\..+)": r"\1",
    r"(?:module\.)?(features\.denseblock\d\.denselayer\d+)\.(?:layers\.)?((?:norm|conv)[12]\..+)": r"\1.layers.\2",
}
"""MONAI's `DenseNet`, and torchvision's of the same shape."""

MONAI_SWIN: Rules = {r"(?:module\.)?(?:swinViT\.)?((?:patch_embed|layers[1-4]c?)\..+)": r"net.\1"}
"""MONAI's `SwinUNETR` (its encoder) or `SwinTransformer`."""

# Parts that are known and not used: heads for other tasks, buffers that follow from the shape.
IGNORED = re.compile(
    r"(logit_scale|logit_bias|.*position_ids"  # position_ids: 0, 1, 2, ...
    r"|(bert\.|text\.transformer\.)?pooler\..*|cls\.(predictions|seq_relationship)\..*"  # BERT's pretraining heads
    r"|embeddings\.mask_token"  # DINOv2's, for hidden patches in training
    r"|encoder\.encoder\.fc\..*|encoder\.vit_pooler\..*|classifier\..*"  # BioViL: ImageNet's head, the prior's pooler
    r"|(module\.)?(fc|class_layers|encoder\d+|decoder\d+|out)\..*)"  # MONAI: classifiers, SwinUNETR's other half
)


def rename(tensors: Mapping[str, Tensor], rules: Rules) -> dict[str, Tensor]:
    """The tensors under our names.

    Raises:
        ArtifactError: When a name fits no rule and is not known to be of no use.
    """
    compiled = [(re.compile(public), ours) for public, ours in rules.items()]
    renamed: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        # old files of BERT's TensorFlow ancestry
        plain = re.sub(r"\.gamma$", ".weight", re.sub(r"\.beta$", ".bias", name))
        found = next(((matched, ours) for rule, ours in compiled if (matched := rule.fullmatch(plain))), None)
        if found is None:
            if not IGNORED.fullmatch(plain):
                raise ArtifactError(f"the checkpoint holds an unexpected tensor {name!r}. {_WAY_OUT}")
            continue
        target = found[0].expand(found[1])
        if "{qkv}" in target:
            renamed |= {target.replace("{qkv}", part): third for part, third in _thirds(tensor)}
        else:
            renamed[target] = tensor
    return renamed


def fill(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Put `tensors` (our names) into `module`, all and exactly.

    Args:
        module: Gets the tensors themselves, not copies.
        tensors: Leading axes of length 1 do not matter.

    Raises:
        ArtifactError: When a tensor is missing or one too many.
        MismatchError: When a shape is another.
    """
    wanted = module.state_dict()
    absent = sorted(wanted.keys() - tensors.keys())
    missing = [name for name in absent if not name.endswith("num_batches_tracked")]
    surplus = sorted(tensors.keys() - wanted.keys())
    for names, said in ((missing, "lacks"), (surplus, "has, beyond its configuration,")):
        if names:
            raise ArtifactError(f"the checkpoint {said} {len(names)} tensors, such as {names[0]!r}. {_WAY_OUT}")
    shaped = {}
    for name, tensor in tensors.items():
        got, needed = tuple(tensor.shape), tuple(wanted[name].shape)
        if _trimmed(got) != _trimmed(needed):
            raise MismatchError(f"weights.{name}", got, needed, _WAY_OUT)
        shaped[name] = tensor.reshape(needed)
    module.load_state_dict({**wanted, **shaped}, assign=True)


def _thirds(tensor: Tensor) -> list[tuple[str, Tensor]]:
    return [(part, third.clone()) for part, third in zip(_PARTS, tensor.chunk(3), strict=True)]


def _trimmed(shape: tuple[int, ...]) -> tuple[int, ...]:
    while len(shape) > 1 and shape[0] == 1:
        shape = shape[1:]
    return shape
