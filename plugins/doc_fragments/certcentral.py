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
      - The CertCentral API key. Required, either here or in the environment variable E(DIGICERT_API_KEY).
      - White space around the key, such as the line break at the end of a file, is removed. A key with a control character or a
        non-ASCII character inside is refused.
      - A key with fewer than 8 characters is refused as well. Ansible would hide each occurrence of such a short text in its
        output, or would not hide the key.
      - A key that is restricted to View Only is enough to read, and for check mode.
      - With C(become), C(sudo) usually drops the environment variable.
    type: str
  region:
    description:
      - Where the account lives, V(us) at C(www.digicert.com) or V(eu) at C(certcentral.digicert.eu).
        A key of one region fails in the other.
      - Defaults to the environment variable E(DIGICERT_REGION), if it is set.
    type: str
    choices:
      - us
      - eu
    default: us
  api_url:
    description:
      - A base URL that overrides O(region), for a gateway or a simulator.
      - V(http://) is accepted only for V(localhost), V(127.0.0.0/8) and V([::1]), because the key must not cross a network in
        the clear. A URL that contains a user name or a password is refused.
      - Defaults to the environment variable E(DIGICERT_API_URL), if it is set.
    type: str
  validate_certs:
    description:
      - Whether the API's certificate has to be valid. If it need not be, any server that answers receives the key.
    type: bool
    default: true
  ca_path:
    description:
      - A bundle of CA certificates in PEM form. It replaces the default certificates when the API's certificate is checked.
      - The module ignores E(REQUESTS_CA_BUNDLE).
    type: path
  timeout:
    description:
      - Limit in seconds for connecting to an address of the API, and for receiving a whole response, however slowly it arrives.
    type: float
    default: 30
  retry_timeout:
    description:
      - How many seconds a failing request may be repeated, counted from its first failure. V(0) never repeats.
      - The module repeats a request after HTTP 429, 408 or 5xx and after a failed connection. If the response to a change was
        lost, the module repeats the change only after it has read the order again and the change does not show.
    type: int
    default: 240
  rate_limit_share:
    description:
      - The share of the API's documented limits (100 requests in 5 seconds, 1000 in 180 seconds) that this task may use.
      - Use V(0.25) in each of four parallel jobs that share a key, and a value above V(1) if the account has higher limits. V(0)
        turns the limiter off. Other values are from V(0.01) to V(1000).
    type: float
    default: 1.0
requirements:
  - requests >= 2.25.1
notes:
  - The environment variables, the proxy settings and C(requests) belong to the host that runs the module.
    To run the module once, on the controller, set C(delegate_to=localhost) and C(run_once=true).
  - Proxies from the environment apply to V(https://), never to loopback.
  - An empty string counts as not given for O(region), O(api_url), O(ca_path) and the environment variables. All other options
    refuse it. Guards and options that select orders also refuse null, so that a variable that came out empty never means
    everything. In a playbook, use C(default(omit)) to leave an option out.
  - Lists may be written as text with commas. White space around an entry is removed, and so is the dot at the end of a DNS name. An
    entry that could never match, such as one with white space, a bracket or a quote inside, is refused. So is a pattern that
    matches no DNS name, such as a URL or a name with a port.
  - A signal (SIGHUP, SIGINT or SIGTERM) stops a module in order. Requests under way get their replies, no further request is
    sent, and the result says what was done and what was not. Repeated signals change nothing. Only SIGKILL ends the module at
    once.
  - Ansible collects that result for a job started with C(async). If C(ansible-playbook) itself is interrupted, nobody collects
    it, so RV(ignore:msg) also goes to the log of the host. The task keyword C(timeout) sends no signal. The task fails, but
    the module runs to its end.
"""
