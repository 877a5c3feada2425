# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a home folder for ansible-test: python tests/tools/ansible_test_home.py HOME.

ansible-test passes on little of the environment, so pip finds its settings in this folder. In its own environments, ansible-test
starts pip with a script from a download host, unless it finds that script in this folder.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from ansible_test._internal.python_requirements import get_venv_packages


def pip_settings() -> dict[str, str]:
    """Return the settings of pip by their names, except the pins of versions, which are not for ansible-test."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, text=True, check=True
    )
    settings = {}
    # Those from the environment come last, because they win.
    for line in sorted(listed.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        name, value = line.split("=", 1)
        settings[name.rsplit(".", 1)[1]] = ast.literal_eval(value)
    return {name: value for name, value in settings.items() if name not in ("constraint", "config-file")}


def main(home: Path) -> None:
    """Write both files."""
    settings = home / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.touch(mode=0o600)  # an index's address can hold a password
    lines = [f"{name} = " + value.replace("\n", "\n  ") for name, value in pip_settings().items()]
    settings.write_text("\n".join(["[global]", *lines, ""]), encoding="utf-8")

    version = get_venv_packages(SimpleNamespace(version="3.12"))["pip"]
    script = home / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("get_pip.py"), script)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
