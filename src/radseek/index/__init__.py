"""Vector and lexical indexes behind one contract, and generations with a manifest.

FAISS and tantivy are imported when an index is built or loaded, not before.
"""

from radseek.index.contract import NO_ID, VectorIndex
from radseek.index.current import list_generations, read_current
from radseek.index.exact_index import ExactIndex
from radseek.index.faiss_index import FaissIndex, FaissSettings
from radseek.index.generation import Generation, load_generation, load_manifest
from radseek.index.lexical_index import LexicalIndex, write_lexical_index
from radseek.index.manifest import Identity, Manifest, Needed
from radseek.index.owners import ASSERTION_CODES, NO_STUDY, ImageOwners, SentenceOwners
from radseek.index.parts import GenerationParts, ImageParts, SentenceParts, content_digest
from radseek.index.publish import write_generation
from radseek.index.statements import SIDE_CODES, StatementTable
from radseek.index.sweep import sweep_generations
from radseek.index.vector_index import KINDS, build_vector_index, load_vector_index, scores_of

__all__ = [
    "ASSERTION_CODES",
    "KINDS",
    "NO_ID",
    "NO_STUDY",
    "SIDE_CODES",
    "ExactIndex",
    "FaissIndex",
    "FaissSettings",
    "Generation",
    "GenerationParts",
    "Identity",
    "ImageOwners",
    "ImageParts",
    "LexicalIndex",
    "Manifest",
    "Needed",
    "SentenceOwners",
    "SentenceParts",
    "StatementTable",
    "VectorIndex",
    "build_vector_index",
    "content_digest",
    "list_generations",
    "load_generation",
    "load_manifest",
    "load_vector_index",
    "read_current",
    "scores_of",
    "sweep_generations",
    "write_generation",
    "write_lexical_index",
]
