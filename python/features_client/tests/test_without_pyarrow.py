"""What somebody is told who has not installed what the package needs."""

import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent

IMPORT = """
import sys
sys.modules["pyarrow"] = None
try:
    import features_client
except ImportError as fault:
    print(fault)
"""


def test_import_without_pyarrow_says_what_to_install():
    said = subprocess.run([sys.executable, "-c", IMPORT], cwd=PACKAGE, capture_output=True, text=True, check=True).stdout
    assert "pip install 'pyarrow>=19'" in said
