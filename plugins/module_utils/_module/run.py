# Copyright (c) 2026, certops.certcentral contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The common part of all modules: the options, the client, and the only place where errors become failed results."""

from __future__ import annotations

import contextlib
import gc
import os
import re
import typing as t

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .._http import transport as _transport
from .._http.client import Client
from .._http.settings import MIN_KEY_LENGTH, Settings, clean_key, make_base_url
from .options import COMMON_OPTIONS, Options, Typed, make_spec
from .stop import stoppable

try:
    # ansible-core 2.22 and later mask secrets on the controller.
    from ansible.module_utils.secrets import register_secret
except ImportError:
    # Older versions mask secrets only in the module.
    register_secret = str


class Module(AnsibleModule):
    """An AnsibleModule that cleans the values that users typed before Ansible checks them.

    :param relations: relations between options, as AnsibleModule takes them
    :ivar controller: values from the action plugin of the same name; users cannot set them
    :ivar typed: the cleaned values, and the errors of refused ones
    """

    params: dict[str, t.Any]
    controller: dict[str, t.Any]
    typed: Typed

    def __init__(self, options: Options, **relations: t.Any) -> None:
        self._options = options
        spec = make_spec(options)
        # _load_params reads this environment variable itself.
        del spec["api_key"]["fallback"]
        super().__init__(argument_spec=spec, supports_check_mode=True, **relations)

    def _load_params(self) -> None:
        super()._load_params()
        controller = self.params.pop("_controller", None)
        self.controller = controller if isinstance(controller, dict) else {}
        # Ansible registers the key as a secret before it logs the options, so the key has to be clean by then. A refused key is
        # not registered: if it is short, Ansible would hide parts of the message about it.
        if self.params.get("api_key") is None and os.environ.get("DIGICERT_API_KEY", "").strip():
            self.params["api_key"] = os.environ["DIGICERT_API_KEY"]
        if isinstance(self.params.get("api_key"), str):
            self.params["api_key"] = self.params["api_key"].strip()
            # If an entry of orders is not a mapping, Ansible registers no secrets and shows all options.
            _hide(self, self.params["api_key"])
        # A URL with a password is refused later, but Ansible shows the options of a failed task.
        for url in (self.params.get("api_url"), os.environ.get("DIGICERT_API_URL")):
            if password := re.search("//[^/]*:(.+)@", str(url)):
                _hide(self, password.group(1))
        self.typed = Typed(self._options, self.params)
        self.params = self.typed.values

    def fail_json(self, msg: str, **result: t.Any) -> t.NoReturn:
        """End the module with a failure.

        If it is Ansible's own check of the options that fails, report the refused values instead. They may be the cause.
        """
        if self.typed.faults and "reason" not in result:
            from .faults import join_faults  # noqa: PLC0415  (as in run)

            result = join_faults(self.typed.faults).result()
            msg = result.pop("msg")
        super().fail_json(msg, **result)
        raise AssertionError("fail_json has ended the process")


def run(
    options: Options,
    work: t.Callable[[Module, Client], dict[str, t.Any]],
    module_type: type[Module] = Module,
    **relations: t.Any,
) -> None:
    """Run a module to its end.

    :param options: the options of this module, without the common ones
    :param work: does the work; returns the result, with a ``reason`` if it failed, or raises :exc:`CertCentralError`
    :param module_type: the class that ends the module with its result
    :param relations: relations between options, as AnsibleModule takes them
    """
    # All objects up to here stay until the end. Otherwise Python would search them at exit, which takes a twentieth of a task.
    gc.freeze()
    module = module_type({**COMMON_OPTIONS, **options}, **relations)
    if not _transport.HAS_REQUESTS:
        module.fail_json(msg=missing_required_lib("requests"))
    client = None
    with contextlib.ExitStack() as stack:
        try:
            module.typed.check()
            client = make_client(module.params)
            stack.enter_context(stoppable(client))
            result = work(module, client)
        except Exception as caught:  # noqa: BLE001
            # Ansible compiles each import anew for every task, and most tasks do not fail.
            from .failing import to_result  # noqa: PLC0415

            result = to_result(module, client, caught)
        if client:
            # Ansible opens files to print the result, and the number of open files may be limited.
            client.close()
        if client and client.interrupted:
            # Ansible may have ended, so that the result would be lost.
            module.log(result["msg"])
        elif client and client.waited:
            module.warn(
                f"waited {client.waited:.1f} s in total before sending requests (the last time: {client.waited_for})"
            )
        if "reason" in result:
            module.fail_json(**result)
        module.exit_json(**result)


def make_client(options: t.Mapping[str, t.Any]) -> Client:
    """Return the client that the common options describe. The event source has the same options.

    :raises CertCentralError: ``invalid_option``
    """
    if options["ca_path"] is not None:
        from .._http.ca import check_ca  # noqa: PLC0415  (most tasks have no bundle of their own)

        check_ca(options["ca_path"])
    settings = Settings(
        make_base_url(options["region"], options["api_url"]),
        clean_key(options["api_key"]),
        options["validate_certs"],
        options["ca_path"],
        options["timeout"],
    )
    return Client(
        _transport.HttpTransport(settings),
        settings.api_key,
        retry_timeout=options["retry_timeout"],
        rate_limit_share=options["rate_limit_share"],
    )


def _hide(module: Module, secret: str) -> None:
    """Make Ansible mask a secret in the output of the module."""
    if len(secret) >= MIN_KEY_LENGTH:
        module.no_log_values.add(secret)
        register_secret(secret)
