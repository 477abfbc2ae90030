"""What a person may do with an archive: the one door for commands, viewer and Python."""

from __future__ import annotations

from radseek.archive.evaluation_queries import TestableSource
from radseek.archive.linking import WaitingReport
from radseek.archive.status_queries import JobRecord, RefusedThing
from radseek.records.channel_choices import CHANNEL_CHOICES, chosen_channels
from radseek.service.archive import Archive
from radseek.service.archive_map import ArchiveMap, MappedStudy
from radseek.service.cards import EncoderCard, own_licence
from radseek.service.cohort_export import ExportOptions
from radseek.service.cohorts import Cohorts
from radseek.service.evaluation.outcomes import PairedDifference
from radseek.service.evaluation.report import EvaluationReport, Figure, Line, Panel, Section
from radseek.service.evaluation_choices import EvaluationChoices
from radseek.service.evaluation_runs import EvaluationRun
from radseek.service.evaluations import Evaluations, EvaluationSummary
from radseek.service.ingesting import IngestOptions, IngestReport
from radseek.service.link_review import LinkReview
from radseek.service.map_building import MapBuilding
from radseek.service.map_colours import Colouring, ColourScale
from radseek.service.pictures import FrameValues, StackView
from radseek.service.principal import Permission, Principal
from radseek.service.shown_map import ShownMap
from radseek.service.summary import ArchiveSummary

__all__ = [
    "CHANNEL_CHOICES",
    "Archive",
    "ArchiveMap",
    "ArchiveSummary",
    "Cohorts",
    "ColourScale",
    "Colouring",
    "EncoderCard",
    "EvaluationChoices",
    "EvaluationReport",
    "EvaluationRun",
    "EvaluationSummary",
    "Evaluations",
    "ExportOptions",
    "Figure",
    "FrameValues",
    "IngestOptions",
    "IngestReport",
    "JobRecord",
    "Line",
    "LinkReview",
    "MapBuilding",
    "MappedStudy",
    "PairedDifference",
    "Panel",
    "Permission",
    "Principal",
    "RefusedThing",
    "Section",
    "ShownMap",
    "StackView",
    "TestableSource",
    "WaitingReport",
    "chosen_channels",
    "own_licence",
]
