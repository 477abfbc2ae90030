"""Findings of the ligaments and menisci of the knee."""

from __future__ import annotations

from radseek.records.findings import Finding, Region

_LIMBS = (Region.LIMBS,)


def _torn_ligament(name: str, short: str, parent: str, *ligaments: str) -> Finding:
    """The tear of one ligament: `ligaments` are its wordings, the first one is for the title."""
    wordings = []
    for ligament in (*ligaments, short):
        wordings += [
            f"{ligament} tear|tearing|rupture|injury|disruption|avulsion|sprain",
            f"{ligament} {{be}} {{degree}}* completely|partially? torn|ruptured|disrupted|avulsed",
            f"torn|ruptured|disrupted|avulsed {ligament}",
            f"tear|tearing|rupture|disruption|avulsion|sprain {{seen}}* of|in|involving {{det}}? {{side}}? {ligament}",
            f"tear|tearing|rupture|disruption of {{det}}? {{any}}? {{any}}? of {{det}}? {{side}}? {ligament}",
        ]
    title = f"{ligaments[0].replace('?', '')} tear"
    return Finding(name, title, _LIMBS, tuple(wordings), (parent,), denied_by_normal=(*ligaments, short))


def _torn_meniscus(name: str, where: str) -> Finding:
    return Finding(
        name,
        f"{where} meniscal tear",
        _LIMBS,
        (
            f"{where} meniscus|meniscal {{any}}? tear",
            f"{where} and|or medial|lateral meniscus|meniscal tear",
            f"medial|lateral and|or {where} meniscus|meniscal tear",
            f"{where} meniscus {{be}} {{degree}}* torn",
            f"torn {where} meniscus",
            f"tear {{seen}}* of|in|within|involving {{det}}? {{side}}? {where} meniscus",
            f"tear {{seen}}* of|in|within|involving {{det}}? {{any}}? {{any}}? {{any}}? of {{det}}? {{side}}? {where} "
            "meniscus",
        ),
        ("meniscal_tear",),
        denied_by_normal=(f"{where} meniscus",),
    )


KNEE_FINDINGS: tuple[Finding, ...] = (
    Finding(
        "cruciate_tear",
        "cruciate ligament tear",
        _LIMBS,
        (
            "cruciate ligament? tear|rupture|injury|disruption",
            "torn|ruptured|disrupted cruciate ligament?",
            "tear|rupture|disruption of {det}? {side}? cruciate ligament",
            "cruciate ligament {be} {degree}* torn|ruptured|disrupted",
        ),
        ("ligament_tear",),
        denied_by_normal=("cruciate ligament",),
    ),
    _torn_ligament(
        "anterior_cruciate_tear",
        "acl",
        "cruciate_tear",
        "anterior cruciate ligament?",
        "anterior and|or posterior cruciate ligament?",
    ),
    _torn_ligament(
        "posterior_cruciate_tear",
        "pcl",
        "cruciate_tear",
        "posterior cruciate ligament?",
        "anterior and|or posterior cruciate ligament?",
    ),
    _torn_ligament(
        "medial_collateral_tear", "mcl", "ligament_tear", "medial collateral ligament?", "tibial collateral ligament?"
    ),
    _torn_ligament(
        "lateral_collateral_tear",
        "lcl",
        "ligament_tear",
        "lateral collateral ligament?",
        "fibular collateral ligament?",
    ),
    Finding(
        "meniscal_tear",
        "meniscal tear",
        _LIMBS,
        (
            "meniscal|meniscus tear",
            "bucket handle tear",
            "torn {any}? meniscus",
            "meniscus {be} {degree}* torn",
            "tear {seen}* of|in|within {det}? {side}? {any}? {any}? {any}? meniscus",
        ),
        denied_by_normal=("meniscus",),
    ),
    _torn_meniscus("medial_meniscal_tear", "medial"),
    _torn_meniscus("lateral_meniscal_tear", "lateral"),
    Finding("discoid_meniscus", "discoid meniscus", _LIMBS, ("discoid {any}? meniscus",)),
)
