"""Runs the tests against pyarrow where it is installed, and against a double of it where it cannot be (``doubles/pyarrow``)."""

import importlib.util
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).parent
HAS_PYARROW = importlib.util.find_spec("pyarrow") is not None
sys.path.insert(0, str(HERE.parent))
if not HAS_PYARROW:
    sys.path.insert(0, str(HERE / "doubles"))


def pytest_report_header():
    return "pyarrow: installed" if HAS_PYARROW else "pyarrow: not installed; tests run against a double, and those marked needs_pyarrow skip"


def pytest_configure(config):
    config.addinivalue_line("markers", "needs_pyarrow: what no double can show")


def pytest_collection_modifyitems(items):
    if not HAS_PYARROW:
        for item in items:
            if item.get_closest_marker("needs_pyarrow"):
                item.add_marker(pytest.mark.skip(reason="pyarrow is not installed"))


@pytest.fixture
def service():
    from service import TrainingService

    with TrainingService() as running:
        yield running
