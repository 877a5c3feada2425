# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation of the options that all modules have."""

from __future__ import annotations


class ModuleDocFragment:
    """The options and requirements of all modules."""

    DOCUMENTATION = r"""
options:
  api_key:
    description:
      - The CertCentral API key. Required, either here or in the environment variable E(DIGICERT_API_KEY).
      - White space around the key, such as the line break at the end of a file, is removed. A key with a control character or a
        non-ASCII character inside is refused.
      - A key with fewer than 8 characters is refused as well. Ansible would either not hide such a short key, or hide every place
        in its output where the same characters occur.
      - A key that is restricted to View Only is sufficient to read orders, and for check mode.
      - With C(become), C(sudo) usually drops the environment variable.
    type: str
  region:
    description:
      - The region of the account, V(us) at C(www.digicert.com) or V(eu) at C(certcentral.digicert.eu).
        A key of one region does not work in the other.
      - Defaults to the environment variable E(DIGICERT_REGION), if it is set.
    type: str
    choices:
      - us
      - eu
    default: us
  api_url:
    description:
      - A base URL that overrides O(region), for a gateway or a simulator.
      - V(http://) is accepted only for V(localhost), V(127.0.0.0/8) and V([::1]), because the key must not be sent over a network
        unencrypted. A URL that contains a user name or a password is refused.
      - Defaults to the environment variable E(DIGICERT_API_URL), if it is set.
    type: str
  validate_certs:
    description:
      - Whether the API's certificate has to be valid. With V(false), any server that responds in place of the API receives the key.
    type: bool
    default: true
  ca_path:
    description:
      - A file with CA certificates in PEM format, or a directory with hash links to such files. The API's certificate is checked
        against these certificates instead of the default ones.
      - The environment variable E(REQUESTS_CA_BUNDLE) is ignored.
    type: path
  timeout:
    description:
      - The maximum number of seconds for connecting to an address of the API, and for receiving a whole response.
    type: float
    default: 30
  retry_timeout:
    description:
      - The number of seconds during which a failing request may be repeated, counted from its first failure. V(0) disables repeats.
      - The module repeats a request after HTTP 429, 408 or 5xx and after a failed connection. If the response to a change was
        lost, the module first reads the order, and repeats the change only if it is not visible.
    type: int
    default: 240
  rate_limit_share:
    description:
      - The share of the API's documented rate limits (100 requests in 5 seconds, 1000 in 180 seconds) that this task may use.
      - Use V(0.25) in each of four parallel jobs that share a key, and a value above V(1) if the account has higher limits. Valid
        values are from V(0.01) to V(1000), and V(0) to disable the rate limiter.
    type: float
    default: 1.0
requirements:
  - requests >= 2.25.1
notes:
  - The module uses the environment variables, the proxy settings and the C(requests) library of the host on which it runs.
    To run the module once, on the controller, set C(delegate_to=localhost) and C(run_once=true).
  - Proxies from the environment apply to V(https://), and never to loopback.
  - An empty string counts as not given for O(region), O(api_url), O(ca_path) and the environment variables. All other options
    refuse it. Guards and options that select orders also refuse null, so that an empty variable never selects everything.
    In a playbook, use C(default(omit)) to leave an option out.
  - Lists may be written as a string with commas. White space around an entry is removed, and so is the dot at the end of a DNS
    name. An entry that could never match, such as one with white space, a bracket or a quote inside, is refused. So is a pattern
    that matches no DNS name, such as a URL or a name with a port.
  - If the run is stopped, by a signal (SIGHUP, SIGINT or SIGTERM), by the task keyword C(timeout), by canceling an AWX job, or by
    the end of C(ansible-playbook) or its connection, the module shuts down cleanly. Requests in flight get their responses, no
    further request is sent, and the result tells which changes were made. Further signals are ignored. Only SIGKILL ends the
    module immediately.
  - If Ansible has ended by then, nobody reads the result, so the module also writes RV(ignore:msg) to the log of the host. Jobs
    that were started with C(async) continue after the end of C(ansible-playbook), and Ansible can collect their results.
"""
