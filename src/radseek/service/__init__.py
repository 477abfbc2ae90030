"""What a person may do with an archive: the one door for commands, viewer and Python."""

from __future__ import annotations

from radseek.archive.linking import WaitingReport
from radseek.archive.status_queries import JobRecord, RefusedThing
from radseek.records.channel_choices import CHANNEL_CHOICES, chosen_channels
from radseek.service.archive import Archive
from radseek.service.cards import EncoderCard, own_licence
from radseek.service.cohort_export import ExportOptions
from radseek.service.cohorts import Cohorts
from radseek.service.ingesting import IngestOptions, IngestReport
from radseek.service.link_review import LinkReview
from radseek.service.pictures import FrameValues, StackView
from radseek.service.principal import Permission, Principal
from radseek.service.summary import ArchiveSummary

__all__ = [
    "CHANNEL_CHOICES",
    "Archive",
    "ArchiveSummary",
    "Cohorts",
    "EncoderCard",
    "ExportOptions",
    "FrameValues",
    "IngestOptions",
    "IngestReport",
    "JobRecord",
    "LinkReview",
    "Permission",
    "Principal",
    "RefusedThing",
    "StackView",
    "WaitingReport",
    "chosen_channels",
    "own_licence",
]
