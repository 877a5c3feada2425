"""Base URLs, keys and CA bundles that are refused before anything is sent."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import trustme

from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.module_utils._http import settings
from ansible_collections.certops.certcentral.plugins.module_utils._http.ca import check_ca
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import clean_key, make_base_url
from ansible_collections.certops.certcentral.tests import facts
from ansible_collections.certops.certcentral.tests.unit.support import spread


def test_regions_have_the_documented_urls() -> None:
    assert {region: make_base_url(region, None) for region in settings.BASE_URLS} == facts.REGION_URLS


@pytest.mark.parametrize(
    "url",
    [
        *("https://gateway.example.com:8443/digicert/v2/", "https://[2001:db8::1]:8443/v2", "HTTP://LOCALHOST/"),
        *("http://localhost:1/x", "http://127.0.0.1", "http://127.255.3.4:80", "http://[::1]:8080"),
    ],
)
def test_api_url_overrides_the_region(url: str) -> None:
    assert make_base_url("eu", url) == url.rstrip("/")


WRONG_URLS = {
    "use https://": [
        *("http://example.com/", "http://127.0.0.1.example.com/", "http://127.1/", "http://[::ffff:127.0.0.1]/"),
        "http://localhost.example.com/",
    ],
    "user name or a password": [
        *("https://user:hunter2@127.0.0.1/", "http://localhost@example.com/", "http://example.com\\@localhost/"),
    ],
    "not a base URL": [
        *("", "ftp://localhost/", "localhost:8080", "https://", "https://localhost:0/", "https://*.example.com/"),
        *("https://a%zz/", "https://localhost/?a=b", "https://localhost/#a"),
    ],
    "not a URL": [*("https://localhost:99999/", "https://[::1/", "https://a..b/", "https://[a]/", "https://[v1.x]/")],
    "characters": [
        *("https://local host/", "https://localhost/\r\nX: y", "https://localhost/é", "https://localhost/{a}")
    ],
}


@pytest.mark.parametrize(("url", "words"), spread(WRONG_URLS))
def test_wrong_url_is_refused_without_showing_it(url: str, words: str) -> None:
    with pytest.raises(CertCentralError, match=words) as caught:
        make_base_url("us", url)
    assert caught.value.reason == "invalid_option"
    # The message never contains the URL, which may contain a password.
    assert "hunter2" not in caught.value.message and "\n" not in caught.value.message


def test_only_loopback_counts_as_loopback() -> None:
    assert all(map(settings.is_loopback, ("localhost", "127.0.0.1", "127.9.9.9", "::1", "0:0:0:0:0:0:0:1")))
    others = (
        "",
        "localhost.",
        "example.com",
        "126.0.0.1",
        "::2",
        "0.0.0.0",
        "::ffff:127.0.0.1",
        "127.1",
        "127.0.0.1\0",
    )
    assert not any(map(settings.is_loopback, others))


def test_white_space_around_a_key_is_dropped() -> None:
    assert {clean_key(f"{before}ABCDEFGH{after}") for before in " \t\n" for after in ("", "\r\n", "\u00a0")} == {
        "ABCDEFGH"
    }


WRONG_KEYS: dict[str, list[t.Any]] = {
    "api_key is missing.*DIGICERT_API_KEY": [None],
    "api_key is empty": ["", " \n"],
    "control character": [f"ABCDEFGHIJ{inside}KLMNOPQRST" for inside in "\n\r\x00\x7f\té\u2028\u00a0"]
    + ["\ufeffABCDEFGHIJ"],
    "fewer than 8 characters": ["A", "ABCDEFG", " ABCDEFG\n"],
    "is not a string": [1234567890, True, 1.5, ["ABCDEFGHIJ"], {"ABCDEFGHIJ": 1}, b"ABCDEFGHIJ"],
}


@pytest.mark.parametrize(("key", "words"), spread(WRONG_KEYS))
def test_wrong_key_is_refused_without_showing_it(key: t.Any, words: str) -> None:
    with pytest.raises(CertCentralError, match=words) as caught:
        clean_key(key)
    assert caught.value.reason == "invalid_option"
    assert "ABCDEFGHIJ" not in caught.value.message and "KLMNOPQRST" not in caught.value.message


@pytest.mark.parametrize("path", ["/nowhere/ca.pem", "/tmp/a\0b", "/tmp/\udc80", __file__])
def test_bundle_that_cannot_be_used_is_refused(path: str) -> None:
    with pytest.raises(CertCentralError, match="ca_path") as caught:
        check_ca(path)
    assert caught.value.reason == "invalid_option" and caught.value.message.isprintable()


CERT = trustme.CA().cert_pem.bytes().decode()


@pytest.mark.parametrize(
    ("files", "is_fine"),
    [
        *(({}, False), ({"ca.pem": CERT}, False), ({"ca.pem": CERT, "0123abcd.0": CERT}, True)),
        *(
            (dict.fromkeys(["ca.pem", name], CERT), False)
            for name in ("0123abcd.r0", "0123ABCD.0", "0123abcd.1", "0123abcd.0.b")
        ),
        ({"0123abcd.0": CERT}, True),
        # A link that leads to nothing, and files without a certificate.
        *(({"0123abcd.0": content}, False) for content in (None, "", "no certificate")),
    ],
)
def test_directory_without_hash_links_is_refused(tmp_path: Path, files: dict[str, str | None], is_fine: bool) -> None:
    """Regression: a directory without hash links was accepted, and then no certificate was trusted."""
    for name, content in files.items():
        if content is None:
            (tmp_path / name).symlink_to("nowhere.pem")
        else:
            (tmp_path / name).write_text(content)
    try:
        check_ca(str(tmp_path))
        assert is_fine
    except CertCentralError as error:
        assert (error.reason, is_fine) == ("invalid_option", False)
        assert "OpenSSL would find no certificate" in error.message
