"""Recordings to words: the recogniser contract, PocketSphinx with an archive's own words, Whisper models."""

from radseek.speech.common_phrases import common_phrases
from radseek.speech.contract import SAMPLE_RATE_HZ, SpeechRecogniser, SpokenWord, Transcript
from radseek.speech.hearing import QUIET_ENDS_S, level, why_nothing_is_heard
from radseek.speech.letter_to_sound import LetterToSound
from radseek.speech.model_folder import DictationManifest, DictationModel, ModelKey, find_model, model_key, write_model
from radseek.speech.pronouncing import Pronouncer, read_dictionary
from radseek.speech.recordings import LARGEST_BYTES, LONGEST_S, read_wav
from radseek.speech.shared_phrases import FEWEST_PEOPLE, SharedPhrases, share_phrases
from radseek.speech.sphinx import SphinxRecogniser, stock_dictionary, stock_folder
from radseek.speech.spoken_words import spoken_runs
from radseek.speech.whisper import WhisperRecogniser

__all__ = [
    "FEWEST_PEOPLE",
    "LARGEST_BYTES",
    "LONGEST_S",
    "QUIET_ENDS_S",
    "SAMPLE_RATE_HZ",
    "DictationManifest",
    "DictationModel",
    "LetterToSound",
    "ModelKey",
    "Pronouncer",
    "SharedPhrases",
    "SpeechRecogniser",
    "SphinxRecogniser",
    "SpokenWord",
    "Transcript",
    "WhisperRecogniser",
    "common_phrases",
    "find_model",
    "level",
    "model_key",
    "read_dictionary",
    "read_wav",
    "share_phrases",
    "spoken_runs",
    "stock_dictionary",
    "stock_folder",
    "why_nothing_is_heard",
    "write_model",
]
