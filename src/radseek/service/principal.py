"""Who asks, and what each role may do."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from enum import StrEnum

from radseek.errors import PrivacyError


class Permission(StrEnum):
    """One thing that a person may be allowed to do."""

    SEARCH = "search"
    VIEW = "view"
    INGEST = "ingest"
    INDEX = "index"
    EVALUATE = "evaluate"
    VERIFY = "verify"
    LINK = "link"
    COHORTS = "keep cohorts"
    """Save, edit, run, export and delete cohorts; who may search may look at them."""
    IDENTIFIERS = "export identifiers"
    """Take accession numbers and StudyInstanceUIDs out of the archive."""


ROLES: dict[str, frozenset[Permission]] = {
    "viewer": frozenset({Permission.SEARCH, Permission.VIEW}),
    "researcher": frozenset({Permission.SEARCH, Permission.VIEW, Permission.EVALUATE, Permission.COHORTS}),
    "curator": frozenset(Permission),
}
"""Role -> what it may do. Who owns the archive folder is a curator: the file system is the guard there."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or program, with a role."""

    name: str
    role: str

    def require(self, permission: Permission) -> None:
        """Pass when the role allows `permission`.

        Raises:
            PrivacyError: When it does not, or the role is unknown.
        """
        allowed = ROLES.get(self.role)
        if allowed is None:
            raise PrivacyError(f"unknown role {self.role!r}; roles: {', '.join(sorted(ROLES))}")
        if permission not in allowed:
            able = sorted(role for role, permissions in ROLES.items() if permission in permissions)
            raise PrivacyError(f"the role {self.role!r} may not {permission.value}; these may: {', '.join(able)}")


def local_principal() -> Principal:
    """The person at this machine, as a curator."""
    return Principal(getpass.getuser(), "curator")
