"""The doctor, on this environment and on environments made wrong on purpose."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from radseek.service.doctor import FLOORS, _numbers, installed_version


def check_in(folder, name):
    """The doctor's check `name` as a fresh interpreter sees it with `folder` in front of its packages."""
    script = textwrap.dedent(
        f"""
        import sys
        sys.path.insert(0, {str(folder)!r})
        from radseek.service import doctor
        check = getattr(doctor, {name!r})()
        print(check.passed, check.message, sep="|")
        """
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    passed, message = done.stdout.strip().splitlines()[-1].split("|", 1)
    return passed == "True", message


def plant_distribution(folder, name, version):
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_faiss_cpu_and_gpu_together_are_a_fault_with_the_way_out(tmp_path):
    plant_distribution(tmp_path, "faiss-gpu", "1.15.1")
    passed, message = check_in(tmp_path, "_check_faiss")
    assert not passed
    assert "pip uninstall -y faiss-cpu faiss-gpu" in message


def test_a_torchvision_that_does_not_load_is_a_fault(tmp_path):
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(
        "raise RuntimeError('operator torchvision::nms does not exist')"
    )
    passed, message = check_in(tmp_path, "_check_torchvision")
    assert not passed
    assert "pip uninstall torchvision" in message


def test_no_torchvision_is_as_it_should_be(tmp_path):
    assert check_in(tmp_path, "_check_torchvision") == (True, "absent, as it should be: nothing here needs it")


def test_a_package_below_its_floor_is_named(tmp_path):
    plant_distribution(tmp_path, "pydicom", "2.4.5")
    passed, message = check_in(tmp_path, "_check_versions")
    assert not passed
    assert "pydicom 2.4.5 is older than 3.0.2" in message


def test_this_environment_is_at_or_above_every_floor():
    for name, floor in FLOORS.items():
        version = installed_version(name)
        assert version is None or _numbers(version) >= floor


@pytest.mark.parametrize(
    ("text", "numbers"), [("2.13.0+cpu", (2, 13, 0)), ("1.15rc1", (1, 15)), ("3", (3,)), ("unknown", ())]
)
def test_version_numbers(text, numbers):
    assert _numbers(text) == numbers
