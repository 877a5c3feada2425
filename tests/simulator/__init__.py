"""A simulator of the CertCentral Services API, for tests and demonstrations. It listens only on loopback addresses.

It follows docs/api.md and shares no code with the collection. It sends only fields that this page describes. Where the API's
behavior has not been published, a quirk selects one (see ``quirks.py``).
"""

from __future__ import annotations

from .server import Simulator

__all__ = ["Simulator"]
