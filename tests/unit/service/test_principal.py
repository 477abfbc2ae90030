"""Roles: each permission is decided by one table, and a refusal says who may."""

from __future__ import annotations

import pytest

from radseek.errors import PrivacyError
from radseek.service.principal import ROLES, Permission, Principal


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("permission", Permission)
def test_every_cell_of_the_role_table(role, permission):
    person = Principal("someone", role)
    if permission in ROLES[role]:
        person.require(permission)
    else:
        with pytest.raises(PrivacyError, match=f"may not {permission.value}; these may: curator"):
            person.require(permission)


def test_an_unknown_role_may_nothing_and_the_known_ones_are_listed():
    with pytest.raises(PrivacyError, match="unknown role 'chief'; roles: curator, researcher, viewer"):
        Principal("someone", "chief").require(Permission.SEARCH)
