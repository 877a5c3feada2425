"""Install pip in an environment of ansible-test, in place of the script that ansible-test would download."""

from __future__ import annotations

import ensurepip
import os
import subprocess
import sys

# ansible-test passes the arguments of pip install: pinned packages and options.
packages = [argument for argument in sys.argv[1:] if "==" in argument]
ensurepip.bootstrap(default_pip=True)
# ensurepip sets PIP_CONFIG_FILE to nothing, but pip needs its configuration.
environment = {name: value for name, value in os.environ.items() if name != "PIP_CONFIG_FILE"}
subprocess.run([sys.executable, "-m", "pip", "install", *packages], env=environment, check=True)
