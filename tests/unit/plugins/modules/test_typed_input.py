"""For every option of every module, a typed value means what it says, or it is refused before any request.

Each option has two samples, for which a module sends or returns something different with the account below. However a sample is
written, the module either does the same as with the canonical spelling, or it fails without any request.
"""

from __future__ import annotations

import functools
import json
import typing as t

import certifi
import pytest
from ansible.module_utils.common import json as ansible_json

from ansible_collections.certops.certcentral.plugins.module_utils._http import transport
from ansible_collections.certops.certcentral.plugins.module_utils._http.client import Client
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import Settings
from ansible_collections.certops.certcentral.plugins.module_utils._module import run
from ansible_collections.certops.certcentral.plugins.module_utils._module.clean_up import CONTROLLER_OPTIONS
from ansible_collections.certops.certcentral.plugins.module_utils._module.options import COMMON_OPTIONS, Typed
from ansible_collections.certops.certcentral.tests.unit import typed_input
from ansible_collections.certops.certcentral.tests.unit.accounts import FAKE_URL
from ansible_collections.certops.certcentral.tests.unit.fake_transport import FakeRecorder
from ansible_collections.certops.certcentral.tests.unit.plugins.module_utils._module.test_options import (
    GUARDS,
    MAY_BE_EMPTY,
    MODULES,
    read_options,
)
from ansible_collections.certops.certcentral.tests.unit.support import KEY, run_module
from ansible_collections.certops.certcentral.tests.unit.typed_input import LEFT_OUT, NOTHING, Write, Written

ORDERS: list[dict[str, t.Any]] = [
    {"id": 1, "status": "pending", "created_days_ago": 40, "certificate": {"common_name": "a.example"}},
    {"id": 2, "status": "pending", "created_days_ago": 400, "certificate": {"common_name": "b.example"}},
    {"id": 3, "status": "needs_approval"},
    {"id": 4, "status": "reissue_pending", "status_changed_seconds_ago": 600},
]
for number, days in ((5, 5), (6, 60)):
    issued = {"status": "issued", "certificate": {"common_name": f"m{number}.example"}}
    ORDERS.append({"id": number, **issued, "migrated": True, "valid_in_days": days, "created_days_ago": 365 - days})
    ORDERS.append({"id": number + 10, **issued, "valid_in_days": 300, "created_days_ago": 9})
for order in ORDERS:
    order.setdefault("status_changed_seconds_ago", 30)
    even = order["id"] % 2 == 0
    order["organization"] = {"id": 21 + even}
    order["container"] = {"id": 31 + even}
    order["product"] = {"name_id": ("ssl_basic", "ssl_plus")[even], "name": "Basic OV", "type": "ssl_certificate"}

# An entry of the option orders. Another entry has only an order_id, so that the task's options apply to it.
ENTRY = {"order_id": 1, "status": "canceled", "note": "Not needed"}
Options = dict[str, t.Any]
Sample = tuple[Write, t.Any, t.Any]


def listed(write: Write) -> Write:
    """Return a function that writes a list, whose entries are written by ``write``."""
    return functools.partial(typed_input.write_list, write=write)


def lenient(write: Write) -> Write:
    """Return a function that writes a value like ``write``. Only the canonical spelling has to be accepted."""
    return lambda value: (written._replace(must_work=written.typed is value) for written in write(value))


# For each option, the function that writes its values, and two samples.
SAMPLES: dict[str, Sample] = {
    "api_key": (typed_input.write_key, KEY, KEY[::-1]),
    "region": (typed_input.write_word, "us", "eu"),
    "api_url": (typed_input.write_url, FAKE_URL, FAKE_URL.replace(":1/", ":2/")),
    "validate_certs": (typed_input.write_flag, True, False),
    "ca_path": (typed_input.write_path, certifi.where(), certifi.where().replace("cacert", "./cacert")),
    "timeout": (typed_input.write_decimal, 30.5, 5.0),
    "retry_timeout": (typed_input.write_number, 7, 0),
    "rate_limit_share": (typed_input.write_decimal, 0.25, 2.0),
    "order_id": (typed_input.write_number, 1, 2),
    "status": (typed_input.write_word, "canceled", "not_renewed"),
    "note": (typed_input.write_text, "Not needed", "Placed twice"),
    "cancel_scope": (typed_input.write_word, "order", "reissue"),
    "common_name": (typed_input.write_name, "a.example", "b.example"),
    "check_rules": (typed_input.write_flag, False, True),
    "verify_change": (typed_input.write_flag, False, True),
    "order_ids": (listed(typed_input.write_number), [1, 2], [2]),
    "orders": (typed_input.write_entries, [ENTRY, {"order_id": 2}], [{"order_id": 2, "status": "not_renewed"}]),
    "max_changes": (typed_input.write_number, 7, 0),
    "keep_going": (typed_input.write_flag, False, True),
    "concurrency": (typed_input.write_number, 1, 2),
    "filters": (typed_input.write_mapping, {"status": "pending", "id": "1"}, {"id": "2"}),
    "expires_within": (typed_input.write_number, 10, 90),
    "older_than": (typed_input.write_number, 30, 100),
    "sort": (typed_input.write_word, "order_id", "date_created"),
    "limit": (typed_input.write_number, 1, 2),
    "details": (typed_input.write_flag, False, True),
    "within": (typed_input.write_number, 60, 3600),
    "within_seconds": (typed_input.write_number, 60, 3600),
    "exclude_orders": (listed(typed_input.write_number), [1, 5], [2, 6]),
    "exclude_names": (listed(typed_input.write_name), ["a.example", "m5.example"], ["b.example", "m6.example"]),
    "exclude_organizations": (listed(typed_input.write_number), [21, 7], [22]),
    "exclude_containers": (listed(typed_input.write_number), [31, 7], [32]),
    "window": (typed_input.write_number, 10, 90),
    "products": (listed(typed_input.write_id), ["ssl_plus", "x"], ["ssl_basic"]),
    "containers": (listed(typed_input.write_number), [31, 7], [32]),
    "accept": (listed(typed_input.write_word), ["recorded", "same_names"], ["recorded"]),
}
FILTERS: dict[str, Sample] = {
    "id": (typed_input.write_number, 1, 2),
    "status": (typed_input.write_status, "pending", "issued"),
    "common_name": (typed_input.write_id, "a.example", "b.example"),
    "container_id": (typed_input.write_number, 31, 32),
    "product_name_id": (typed_input.write_id, "ssl_basic", "ssl_plus"),
    "is_renewed": (lenient(typed_input.write_flag), True, False),
    "valid_till": (typed_input.write_date, "2026-11-30", "2027-01-24"),
    "date_created": (typed_input.write_range, {"after": "2026-10-01", "before": "2026-10-20"}, {"after": "2025-10-01"}),
}


def stage_change(*order_ids: int) -> Options:
    """Return the private option that makes a clean-up change these orders. The second one is refused."""
    names = {1: "a.example", 3: "order-3.example.com", 5: "m5.example", 13: "order-13.example.com"}
    changes = [{"order_id": number, "common_name": names[number], "note": "Renewed"} for number in order_ids]
    return {"_controller": {"stage": "change", "changes": changes}}


# Options that only have an effect if other options have these values.
BESIDE: dict[tuple[str, str], Options] = {
    ("digicert_order_status", "check_rules"): {"order_id": 3},
    ("digicert_order_statuses", "check_rules"): {"order_ids": [3]},
    ("digicert_order_statuses", "keep_going"): {"order_ids": [1, 3]},
    ("digicert_order_statuses", "status"): {"order_ids": [1, 2]},
    ("digicert_migrated_orders", "keep_going"): stage_change(5, 13),
    ("digicert_stale_orders", "keep_going"): stage_change(1, 3),
}
# Options on which neither the requests nor the result of a single run depend.
NEVER_SHOWS = {"concurrency"}


class Slot(t.NamedTuple):
    """A place for a value: an option, an option of an entry of ``orders``, or a filter.

    :ivar base: the other options of the task
    :ivar null: the meaning of null, ``NOTHING`` or ``LEFT_OUT``
    :ivar empty: the meaning of an empty string
    """

    module: str
    option: str
    inner: str
    sample: Sample
    base: Options
    null: str
    empty: str

    def fill(self, value: t.Any) -> Options:
        """Return the options of a task with a value in this place."""
        if not self.inner:
            others = {name: given for name, given in self.base.items() if name != self.option}
            return others if value is LEFT_OUT else {**others, self.option: value}
        outer = self.base[self.option]
        held = {**(outer[0] if isinstance(outer, list) else outer), self.inner: value}
        if value is LEFT_OUT:
            del held[self.inner]
        return {**self.base, self.option: [held, *outer[1:]] if isinstance(outer, list) else held}

    def ways(self) -> t.Iterable[Written]:
        """Return all values to type in this place, each once."""
        write, first, second = self.sample
        found = [*write(first), *typed_input.write_empty(null=self.null, empty=self.empty), *write(second)]
        # If a value means something else in the second sample, the first one counts.
        return {repr(written.typed): written for written in reversed(found)}.values()


def find_slots() -> t.Iterator[Slot]:
    """Yield the places of all modules. Options that all modules share are only tested with the first module."""
    seen = set()
    for module in MODULES:
        for name, option in read_options(module).items():
            # Only the action plugin takes the options of the controller.
            if name in CONTROLLER_OPTIONS or (COMMON_OPTIONS.get(name) is option and name in seen):
                continue
            seen.add(name)
            needed = option.spec.get("required") or name == "api_key" or option.spec.get("type") in ("list", "dict")
            null = NOTHING if needed or name in GUARDS else LEFT_OUT
            empty = LEFT_OUT if name in MAY_BE_EMPTY else NOTHING
            slot = Slot(module, name, "", SAMPLES[name], make_base(module, name), null, empty)
            yield slot
            for inner, of_entry in (option.entry or {}).items():
                base = {**slot.base, name: [ENTRY, {"order_id": 2}]}
                null = NOTHING if of_entry.spec.get("required") or inner in GUARDS else LEFT_OUT
                yield slot._replace(inner=inner, sample=SAMPLES[inner], base=base, null=null)
            if name == "filters":
                base = {**slot.base, name: {}}
                yield from (slot._replace(inner=inner, sample=FILTERS[inner], base=base) for inner in FILTERS)


def make_base(module: str, name: str) -> Options:
    """Return the options of a task that tests one option."""
    options = read_options(module)
    base = {"api_url": FAKE_URL, "api_key": KEY, "rate_limit_share": 0}
    base.update({other: SAMPLES[other][1] for other in options if options[other].spec.get("required")})
    if "cancel_scope" in options:
        base.update(status="canceled", note="Not needed")
    if "order_ids" in options and "cancel_scope" in options and name != "orders":
        base["order_ids"] = [1, 2]
    if name == "region":
        del base["api_url"]
    return {**base, **BESIDE.get((module, name), {})}


class Run(t.NamedTuple):
    """A run of a module. Its effect has all settings and requests, and the result in lower case, as messages show what was typed."""

    methods: list[str]
    result: Options
    effect: tuple[t.Any, ...]

    @property
    def is_refused(self) -> bool:
        """Return whether the module refused the value before any request, or failed because of the guard before any change."""
        if self.result.get("reason") == "common_name_mismatch":
            return "PUT" not in self.methods
        is_invalid = self.result.get("failed") and self.result.get("reason") in (None, "invalid_option")
        return bool(is_invalid) and not self.methods


Observe = t.Callable[[str, Options], Run]


@pytest.fixture
def observe(fake: FakeRecorder, monkeypatch: pytest.MonkeyPatch) -> Observe:
    """Return a function that runs a module on a new account."""
    settings: list[t.Any] = []

    def connect(given: Settings) -> transport.HttpTransport:
        settings.append(given)
        return fake.connect(given._replace(url=fake.url, api_key=fake.state.key))

    def make_client(*args: t.Any, **given: t.Any) -> t.Any:
        settings.append(given)
        return Client(*args, **{**given, "rate_limit_share": 0})

    monkeypatch.setattr(run, "Client", make_client)
    monkeypatch.setattr(transport, "HttpTransport", connect)

    def observe(module: str, options: Options) -> Run:
        fake.reset(orders=ORDERS)
        settings.clear()
        result = run_module(module, options)
        result.pop("invocation", None)
        requests = [(exchange.method, exchange.path, exchange.sent) for exchange in fake.exchanges]
        effect = ([*settings], requests, json.dumps(result).lower())
        return Run([method for method, *unused in requests], result, effect)

    return observe


all_slots = pytest.mark.parametrize("slot", [*find_slots()], ids=lambda slot: ".".join(filter(None, slot[:3])))


def find_fault(slot: Slot, written: Written, observe: Observe) -> str:
    """Return a description of what is wrong with a run, or an empty string."""
    run = observe(slot.module, slot.fill(written.typed))
    what = str(written)[:120]
    if run.is_refused:
        is_left_out = written.means is LEFT_OUT and run.effect == observe(slot.module, slot.fill(LEFT_OUT)).effect
        is_fault = written.must_work and run.result.get("reason") != "common_name_mismatch" and not is_left_out
        return f"{what} was refused: {run.result['msg']}" if is_fault else ""
    if written.means is NOTHING:
        return f"{what} was accepted"
    is_same = run.effect == observe(slot.module, slot.fill(written.means)).effect
    return "" if is_same else f"{what} was mistaken for another value"


@all_slots
def test_typed_value_means_what_it_says_or_is_refused_before_any_request(slot: Slot, observe: Observe) -> None:
    faults = [fault for written in slot.ways() if (fault := find_fault(slot, written, observe))]
    assert not faults, "\n".join(faults)


@all_slots
@pytest.mark.parametrize("form", [typed_input.tag, typed_input.mark_unsafe])
def test_tagged_and_unsafe_value_means_the_same(slot: Slot, form: t.Callable[[t.Any], t.Any], observe: Observe) -> None:
    try:
        options = slot.fill(form(slot.sample[1]))
        encoder = ansible_json.get_module_encoder("legacy", ansible_json.Direction.CONTROLLER_TO_MODULE)
    except (ImportError, AttributeError, SyntaxError):  # of a controller that this Python cannot run
        pytest.skip("this ansible-core has no tags")
    plain = slot.fill(slot.sample[1])
    sent = json.loads(json.dumps(options, cls=encoder))
    assert observe(slot.module, sent).effect == observe(slot.module, plain).effect
    # The event source gets such values without an encoder.
    rules = read_options(slot.module)
    assert Typed(rules, options).values == Typed(rules, plain).values


@all_slots
def test_samples_of_an_option_have_different_effects(slot: Slot, observe: Observe) -> None:
    unused, *samples = slot.sample
    first, second = (observe(slot.module, slot.fill(sample)) for sample in samples)
    assert "invalid_option" not in (first.result.get("reason"), second.result.get("reason"))
    assert slot.option in NEVER_SHOWS or first.effect != second.effect
