"""Make a home folder for ansible-test: python tests/tools/ansible_test_home.py HOME.

ansible-test hides most environment variables from pip, so pip's settings are written to this folder. In its own environments,
ansible-test downloads a script that installs pip, unless the script is in this folder.
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
    """Return pip's settings by name, without the pinned versions, which do not apply to ansible-test."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], stdout=subprocess.PIPE, text=True, check=True
    )
    settings = {}
    # Settings from the environment come last, because they take precedence.
    for line in sorted(listed.stdout.splitlines(), key=lambda line: line.startswith(":env:")):
        name, value = line.split("=", 1)
        settings[name.rsplit(".", 1)[1]] = ast.literal_eval(value)
    return {name: value for name, value in settings.items() if name not in ("constraint", "config-file")}


def main(home: Path) -> None:
    """Write pip's settings and the script to the home folder."""
    settings = home / ".config" / "pip" / "pip.conf"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.touch(mode=0o600)  # the URL of an index can contain a password
    lines = [f"{name} = " + value.replace("\n", "\n  ") for name, value in pip_settings().items()]
    settings.write_text("\n".join(["[global]", *lines, ""]), encoding="utf-8")

    version = get_venv_packages(SimpleNamespace(version="3.12"))["pip"]
    script = home / ".ansible" / "test" / "cache" / f"get_pip_{version.replace('.', '_')}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).with_name("get_pip.py"), script)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
