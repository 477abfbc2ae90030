"""Pseudonymous keys: what people, logs and URLs see in place of patient IDs and UIDs."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_HEX_DIGITS = 16
"""64 bits: two of ten million pictures collide with a probability of 3e-6; 48 bits would give 0.16."""


def new_secret() -> bytes:
    """A fresh archive secret of 32 random bytes."""
    return secrets.token_bytes(32)


def content_key(content_sha256: str, frame_index: int, window: str, mask: str = "") -> str:
    """The SHA-256 (64 hex digits) that names one picture by what is encoded of it.

    Args:
        content_sha256: Of the file's bytes.
        frame_index: From 0.
        window: Name of the window.
        mask: Name of the mask that is laid over it before encoding, empty for none.
    """
    parts = (content_sha256, str(frame_index), window, *([mask] if mask else []))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def text_key(text: str) -> str:
    """The SHA-256 (64 hex digits) of a text's UTF-8 form; unpaired surrogates count as they are."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Keyring:
    """Keyed pseudonyms (HMAC-SHA256, RFC 2104) of one archive; without its secret nobody can recompute them.

    Args:
        secret: At least 16 bytes, kept in the catalogue.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def patient(self, patient_id: str, issuer: str, site: str) -> str:
        """The patient's key, such as `pt_0123456789abcdef`; issuer and site tell equal IDs of two hospitals apart."""
        return self._key("pt", patient_id, issuer, site)

    def unnamed_patient(self, study_uid: str) -> str:
        """The key of a patient known only as the one of this study."""
        return self._key("pt", "study", study_uid)

    def study(self, study_uid: str) -> str:
        """The study's key, `st_...`."""
        return self._key("st", study_uid)

    def series(self, series_uid: str) -> str:
        """The series' key, `se_...`."""
        return self._key("se", series_uid)

    def image(self, instance_uid: str, frame_index: int, window: str) -> str:
        """The picture's key, `im_...`; frame_index counts from 0."""
        return self._key("im", instance_uid, str(frame_index), window)

    def report(self, *identity: str) -> str:
        """The report's key, `rp_...`, of the parts that tell it from all other reports."""
        return self._key("rp", *identity)

    def thing(self, source_name: str, locator_sha256: str) -> str:
        """The key of something that was seen and not ingested, `th_...`: it stands for a file name."""
        return self._key("th", source_name, locator_sha256)

    def query(self, text: str) -> str:
        """The key of a query's text, `qu_...`: an audit can tell equal queries without holding what was asked."""
        return self._key("qu", text)

    def _key(self, prefix: str, *parts: str) -> str:
        message = "\0".join((prefix, *parts)).encode("utf-8", "surrogatepass")
        return f"{prefix}_{hmac.new(self._secret, message, hashlib.sha256).hexdigest()[:_HEX_DIGITS]}"


def sentence_key(report_key: str, ordinal: int) -> str:
    """The key of a report's sentence, such as `sn_0123456789abcdef_4`; ordinal counts from 0."""
    return f"sn_{report_key.removeprefix('rp_')}_{ordinal}"
