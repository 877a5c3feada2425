"""The rules are those of AWX's CredentialTypeInputField and CredentialTypeInjectorField (awx/main/fields.py)."""

from __future__ import annotations

import re
import typing as t

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import BASE_URLS
from ansible_collections.certops.certcentral.plugins.module_utils._module.options import COMMON_OPTIONS, make_spec
from ansible_collections.certops.certcentral.tests.awx.controller import DOCS, INJECTORS, INPUTS, inject

NAME = re.compile("[a-zA-Z_]+[a-zA-Z0-9_]*")
FIELDS: dict[str, dict[str, t.Any]] = {field["id"]: field for field in INPUTS["fields"]}
TEXTS = {"id", "label", "help_text"}
SPEC = make_spec(COMMON_OPTIONS)
SWITCHES = {"secret", "multiline", "ask_at_runtime"}


def test_inputs_are_what_awx_takes() -> None:
    assert INPUTS.keys() <= {"fields", "required"}
    assert len(FIELDS) == len(INPUTS["fields"])
    for name, field in FIELDS.items():
        assert {"id", "label", "type"} <= field.keys() <= {"type", "choices"} | TEXTS | SWITCHES
        assert NAME.fullmatch(name) and name != "tower"
        assert field["type"] == "string"
        assert all(isinstance(field[key], str) for key in TEXTS & field.keys())
        assert all(isinstance(field[key], bool) for key in SWITCHES & field.keys())
        assert len(set(field.get("choices", ["one"]))) == len(field.get("choices", ["one"])) >= 1


def test_fields_are_the_options_that_come_from_the_environment() -> None:
    variables = {name: spec["fallback"][1][0] for name, spec in SPEC.items() if "fallback" in spec}
    assert {name: f"{{{{ {name} }}}}" for name in FIELDS} == {
        name: INJECTORS["env"][env] for name, env in variables.items()
    }
    assert INJECTORS["env"].keys() == set(variables.values())
    assert FIELDS["region"]["choices"] == list(BASE_URLS)
    # AWX stores the first choice if the region is left empty.
    assert FIELDS["region"]["choices"][0] == SPEC["region"]["default"]


def test_only_the_key_is_secret_and_required() -> None:
    assert [name for name, field in FIELDS.items() if field.get("secret")] == ["api_key"]
    assert INPUTS["required"] == ["api_key"]


def test_awx_accepts_the_injectors() -> None:
    assert INJECTORS.keys() == {"env"}
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for name, text in INJECTORS["env"].items():
        assert NAME.fullmatch(name) and not name.startswith("ANSIBLE_")
        assert text.isascii()
        assert environment.from_string(text).render(dict.fromkeys(FIELDS, "EXAMPLE")) == "EXAMPLE"


def test_empty_field_becomes_an_empty_variable() -> None:
    expected = {"DIGICERT_API_KEY": "key", "DIGICERT_REGION": "", "DIGICERT_API_URL": ""}
    assert inject(api_key="key") == inject(api_key="key", region="", api_url="") == expected


def test_guide_shows_the_files() -> None:
    guide = (DOCS.parent / "docsite" / "rst" / "guide_awx.rst").read_text(encoding="utf-8")
    for file in DOCS.glob("credential_type_*.yml"):
        shown = file.read_text(encoding="utf-8").split("GPL-3.0-or-later\n\n")[1]
        assert "".join(f"    {line}".rstrip() + "\n" for line in shown.splitlines()) in guide, file.name
