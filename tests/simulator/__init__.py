# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulator of the CertCentral Services API, for tests and demonstrations. It listens on loopback only."""

from __future__ import annotations

from .account import ApiError
from .server import Simulator
from .state import load_account

__all__ = ["ApiError", "Simulator", "load_account"]
