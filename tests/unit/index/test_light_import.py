"""`import radseek.index` stays cheap: commands that search nothing must not pay for search libraries."""

import subprocess
import sys


def test_no_search_library_is_imported_before_it_is_used():
    code = (
        "import sys, radseek.index; "
        "print([m for m in ('faiss', 'tantivy', 'torch', 'sklearn', 'scipy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_small_faiss_index_does_without_faiss():
    code = (
        "import sys, numpy as np; from radseek.index import FaissIndex; "
        "FaissIndex.build(np.arange(3), np.eye(3, dtype=np.float32)).search(np.eye(3, dtype=np.float32), 2); "
        "print('faiss' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
