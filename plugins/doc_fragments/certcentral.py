# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options and requirements of all modules."""

    DOCUMENTATION = r"""
options:
  api_key:
    description:
      - A CertCentral API key. Needed, here or in the environment variable E(DIGICERT_API_KEY).
      - White space around it, as a file leaves it, is dropped.
      - A key that is restricted to View Only is enough to read, and for check mode.
    type: str
  region:
    description:
      - Where the account lives, V(us) at C(www.digicert.com) or V(eu) at C(certcentral.digicert.eu).
        The key of one region fails in the other.
      - If not given, it is taken from the environment variable E(DIGICERT_REGION).
    type: str
    choices:
      - us
      - eu
    default: us
  api_url:
    description:
      - A base URL that takes the place of the one of O(region), for a gateway or a simulator.
      - V(http://) is accepted for V(localhost), V(127.0.0.0/8) and V([::1]) alone, for the key must not be shown to a
        network. User names and passwords in it are refused.
      - If not given, it is taken from the environment variable E(DIGICERT_API_URL).
    type: str
  validate_certs:
    description:
      - Whether the API's certificate has to be valid. Turning this off shows the key to whoever answers.
    type: bool
    default: true
  ca_path:
    description:
      - A bundle of CA certificates in PEM form to check the API's certificate with, in place of the usual ones.
      - E(REQUESTS_CA_BUNDLE) is not looked at.
    type: path
  timeout:
    description:
      - Seconds for connecting to an address of the API, and for the whole of one reply, however slowly it comes.
    type: float
    default: 30
  retry_timeout:
    description:
      - Seconds that a failing request may go on being repeated, from its first failure on. V(0) never repeats.
      - Repeated are requests that the API turned down for their number (HTTP 429), HTTP 408 and 5xx, and connections that
        failed. A change whose reply was lost is repeated only after a reading that does not show it.
    type: int
    default: 240
requirements:
  - requests >= 2.25.1
notes:
  - The environment variables, the proxy variables and C(requests) belong to the host that runs the module.
    Use C(delegate_to=localhost) and C(run_once=true) to run it on the controller, once.
  - When the API turned down a task for the number of requests (HTTP 429), the other tasks of that user on that host with the
    same key wait with their next reading until it was answered, for O(retry_timeout) at most, so that many hosts with
    C(delegate_to=localhost) do not starve each other. For this the modules lock (C(flock)) an empty file in the folder C(remote_tmp) of Ansible, if nobody else
    may write there.
  - A signal (SIGHUP, SIGINT or SIGTERM) ends a module in order. Requests under way get their replies, no other is sent, and
    the result says what was done and what was not. Further signals change nothing; only SIGKILL ends it at once.
  - Ansible takes that result from a job started with C(async). After an interruption of C(ansible-playbook) itself it does
    not, so RV(ignore:msg) goes to the log of the host as well. The keyword C(timeout) of a task sends no signal at all. The
    task fails then, but the module goes on to its end.
  - Proxies of the environment are used for V(https://), never for loopback.
  - An empty environment variable counts as not given, and so does an empty string for any option but O(api_key) and
    O(ignore:note). Where a list is wanted an empty string is refused, for it may be an empty result that was piped in.
"""
