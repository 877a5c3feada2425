# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings with which a bare pytest, or an editor's test runner, finds the collection in this checkout and writes only to .cache."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
COLLECTION = Path("ansible_collections", "certops", "certcentral")
if ROOT.parts[-3:] == COLLECTION.parts:
    TREE = ROOT.parents[2]
else:
    TREE = ROOT / ".cache" / "link"
    (TREE / COLLECTION).parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # several workers do this at the same time
        (TREE / COLLECTION).symlink_to(ROOT)

sys.path.insert(0, str(TREE))
# Byte code and other files go into .cache. pytest has already written the byte code of this file, before the setting applies.
CACHE = ROOT / ".cache"
if not sys.pycache_prefix:
    sys.pycache_prefix = str(CACHE / "pycache")
    shutil.rmtree(ROOT / "__pycache__", ignore_errors=True)
os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
os.environ.setdefault("ANSIBLE_HOME", str(CACHE / "ansible"))
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(CACHE / "hypothesis"))
# The processes that tests start need these variables.
os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(TREE)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(TREE), os.environ.get("PYTHONPATH")]))
