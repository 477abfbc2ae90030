"""An archive's folder on disk: configuration, catalogue, embeddings, index generations, thumbnails.

    ARCHIVE/
      radseek.yaml              resolved configuration; written last, so that a folder without it is no archive yet
      lexicon.yaml              the site's own findings and words, where it has any
      catalogue.sqlite          the truth (or a PostgreSQL database elsewhere)
      relevance.json            how sure hits are, where `radseek calibrate` learned it here
      writer.lock               who writes
      embeddings/<encoder>/     shards, by content; re-indexing never re-encodes
      index/<generation>/       CURRENT names one
      thumbnails/<xx>/          small JPEGs, by content
      dictation/<key>/          what spoken queries are recognised with; made again when missing
      evaluations/<name>/       how good its encoder was found to be here; its own folder each
      maps/                     the archive in two dimensions; made again when missing

Everything is for the owner only: folders 0700, files 0600.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import yaml

from radseek.archive.catalogue import Catalogue
from radseek.archive.config import ArchiveConfig, check_windows
from radseek.archive.storage import make_folder, plain_storage_errors, write_whole
from radseek.archive.writer_lock import WriterLock
from radseek.errors import ArtifactError, InputError
from radseek.records.config import read_config, resolved_config
from radseek.text import Lexicon, default_lexicon, load_lexicon

CONFIG_NAME = "radseek.yaml"
CATALOGUE_NAME = "catalogue.sqlite"
LEXICON_NAME = "lexicon.yaml"
RELEVANCE_NAME = "relevance.json"
WORDS_NAME = "words.json"
OWN_NAMES = {
    CATALOGUE_NAME,
    LEXICON_NAME,
    RELEVANCE_NAME,
    WORDS_NAME,
    f"{CATALOGUE_NAME}-wal",
    f"{CATALOGUE_NAME}-shm",
    "writer.lock",
}
OWN_FOLDERS = {"dictation", "embeddings", "evaluations", "index", "maps", "thumbnails"}


class ArchiveFolder:
    """An archive that is open. Use `create` or `open`; close it, or use it in a `with` block.

    Args:
        path: Absolute folder.
        config: As stored in it.
    """

    def __init__(self, path: Path, config: ArchiveConfig) -> None:
        self.path = path
        self.config = config
        self.catalogue = Catalogue(config.catalogue or f"sqlite:///{path / CATALOGUE_NAME}")
        self._lock = WriterLock(path / "writer.lock")

    @classmethod
    def create(cls, path: Path, config: ArchiveConfig | None = None) -> ArchiveFolder:
        """A new archive in a folder that does not exist yet, is empty, or holds an interrupted creation.

        The YAML that the configuration names as `lexicon`, from the current folder, is copied into the archive.

        Raises:
            InputError: When the folder holds anything else.
            ConfigError: When the configuration names something unknown, or its lexicon cannot be used.
            StorageError: When the disk refuses.
            SchemaError: When the catalogue's database holds something else.
        """
        config = config or ArchiveConfig()
        check_windows(config)
        words = _site_words(config)
        path = path.absolute()
        with plain_storage_errors("making the archive folder"):
            if path.exists() and not path.is_dir():
                raise InputError("there is a file where the archive folder should be; choose another path")
            _refuse_foreign(path)
            for folder in (path, *(path / name for name in sorted(OWN_FOLDERS))):
                make_folder(folder)
        archive = cls(path, replace(config, lexicon=LEXICON_NAME) if words else config)
        with archive.writer_lock("init"):
            archive.catalogue.create()
            with plain_storage_errors("writing the configuration"):
                if words:
                    write_whole(path / LEXICON_NAME, words)
                content = yaml.safe_dump(resolved_config(archive.config), sort_keys=False, allow_unicode=True)
                write_whole(path / CONFIG_NAME, content.encode())
        return archive

    @classmethod
    def open(cls, path: Path) -> ArchiveFolder:
        """The archive in a folder; an older catalogue is brought up to this radseek's schema.

        Raises:
            ArtifactError: When the folder is no archive, or its catalogue is missing or damaged.
            SchemaError: When a newer radseek wrote the catalogue.
            ConfigError: When its configuration was edited into something unknown.
            StorageError: When the disk refuses.
            BusyError: When the catalogue must be migrated while another process writes.
        """
        path = path.absolute()
        _check_readable(path / CONFIG_NAME)
        archive = cls(path, read_config(path / CONFIG_NAME, ArchiveConfig))
        if archive.catalogue.needs_migration():
            with archive.writer_lock("migrate"):
                archive.catalogue.migrate()
        return archive

    def read_lexicon(self) -> Lexicon:
        """The shipped lexicon with the site's words, as they stand on disk now.

        Raises:
            ConfigError: When the file is missing or an entry of it cannot be used.
        """
        return load_lexicon(self.path / self.config.lexicon) if self.config.lexicon else default_lexicon()

    @property
    def thumbnails_folder(self) -> Path:
        """Folder of all thumbnails."""
        return self.path / "thumbnails"

    @property
    def embeddings_folder(self) -> Path:
        """Folder of all encoders' embeddings."""
        return self.path / "embeddings"

    @property
    def index_folder(self) -> Path:
        """Folder of all index generations, with CURRENT."""
        return self.path / "index"

    @property
    def dictation_folder(self) -> Path:
        """Folder of the language model for spoken queries."""
        return self.path / "dictation"

    @property
    def words_path(self) -> Path:
        """File of the words that the reports share."""
        return self.path / WORDS_NAME

    @property
    def evaluations_folder(self) -> Path:
        """Folder of the archive's own evaluations; archives of an older radseek have none yet."""
        return self.path / "evaluations"

    @property
    def maps_folder(self) -> Path:
        """Folder of the maps."""
        return self.path / "maps"

    def thumbnail_path(self, content_key: str) -> Path:
        """Where the thumbnail of a picture is, by its content key."""
        return self.thumbnails_folder / content_key[:2] / f"{content_key}.jpg"

    @contextmanager
    def writer_lock(self, purpose: str) -> Iterator[None]:
        """Holds the archive for writing during the block; may be nested.

        Raises:
            BusyError: When another process or thread holds it; says who and what to do.
        """
        with self._lock.hold(purpose):
            yield

    def close(self) -> None:
        """Closes the catalogue's connections."""
        self.catalogue.close()

    def __enter__(self) -> ArchiveFolder:
        """The archive itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes it."""
        self.close()


def _refuse_foreign(path: Path) -> None:
    if not path.exists():
        return
    names = {entry.name for entry in path.iterdir()}
    if CONFIG_NAME in names:
        raise InputError("the folder is a radseek archive already; open it, or choose another folder")
    if names - OWN_NAMES - OWN_FOLDERS:
        raise InputError("the folder is not empty; choose a new or an empty folder for the archive")


def _site_words(config: ArchiveConfig) -> bytes:
    """The content of the lexicon that the configuration names, once it has proved usable; empty without one."""
    if not config.lexicon:
        return b""
    load_lexicon(Path(config.lexicon))
    with plain_storage_errors("reading the site's lexicon"):
        return Path(config.lexicon).read_bytes()


def _check_readable(path: Path) -> None:
    with plain_storage_errors("reading the archive's configuration"):
        try:
            path.open("rb").close()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise ArtifactError(f"not a radseek archive (no {CONFIG_NAME}); make one with `radseek init`") from error
