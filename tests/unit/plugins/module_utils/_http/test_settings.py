"""Base URLs, keys and CA bundles that are refused before anything is sent."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import trustme

from ansible_collections.certops.certcentral.plugins.module_utils._errors import CertCentralError
from ansible_collections.certops.certcentral.plugins.module_utils._http.ca import check_ca
from ansible_collections.certops.certcentral.plugins.module_utils._http.settings import (
    BASE_URLS,
    clean_key,
    is_loopback,
    make_base_url,
)
from ansible_collections.certops.certcentral.tests import facts


def test_regions_have_the_documented_urls() -> None:
    assert {region: make_base_url(region, None) for region in BASE_URLS} == facts.REGION_URLS


@pytest.mark.parametrize(
    "url",
    [
        *("https://gateway.example.com:8443/digicert/v2/", "https://[2001:db8::1]:8443/v2", "HTTP://LOCALHOST/"),
        *("http://localhost:1/x", "http://127.0.0.1", "http://127.255.3.4:80", "http://[::1]:8080"),
    ],
)
def test_api_url_overrides_the_region(url: str) -> None:
    assert make_base_url("eu", url) == url.rstrip("/")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        *[
            (f"http://{host}/", "use https://")
            for host in ("example.com", "127.0.0.1.example.com", "127.1", "[::ffff:127.0.0.1]", "localhost.example.com")
        ],
        *[
            (f"{url}/", "user name or a password")
            for url in (
                "https://user:hunter2@127.0.0.1",
                "http://localhost@example.com",
                "http://example.com\\@localhost",
            )
        ],
        *[(url, "not a base URL") for url in ("", "ftp://localhost/", "localhost:8080", "https://")],
        *[
            (f"https://{rest}", "not a base URL")
            for rest in ("localhost:0/", "*.example.com/", "a%zz/", "localhost/?a=b", "localhost/#a")
        ],
        *[(f"https://{rest}", "not a URL") for rest in ("localhost:99999/", "[::1/", "a..b/")],
        *[(f"https://{rest}", "characters") for rest in ("local host/", "localhost/\r\nX: y", "localhost/é")],
    ],
)
def test_wrong_url_is_refused_without_showing_it(url: str, words: str) -> None:
    with pytest.raises(CertCentralError, match=words) as caught:
        make_base_url("us", url)
    assert caught.value.reason == "invalid_option"
    # The message never contains the URL, which may contain a password.
    assert "hunter2" not in caught.value.message and "\n" not in caught.value.message


def test_only_loopback_counts_as_loopback() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.9.9.9", "::1")))
    others = ("", "localhost.", "example.com", "126.0.0.1", "::2", "0.0.0.0", "::ffff:127.0.0.1")
    assert not any(map(is_loopback, others))


@pytest.mark.parametrize("around", ["{}", " {}\n", "\t{}\r\n", "{}\u00a0"])
def test_white_space_around_a_key_is_dropped(around: str) -> None:
    assert clean_key(around.format("ABCDEFGH")) == "ABCDEFGH"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (None, "api_key is missing.*DIGICERT_API_KEY"),
        ("", "api_key is empty"),
        (" \n", "api_key is empty"),
        *[(f"ABCDEFGHIJ{inside}KLMNOPQRST", "control character") for inside in "\n\r\x00\x7f\té\u2028\u00a0"],
        ("\ufeffABCDEFGHIJ", "control character"),
        *[(key, "fewer than 8 characters") for key in ("A", "ABCDEFG", " ABCDEFG\n")],
        *[
            (key, "is not a string")
            for key in (1234567890, True, 1.5, ["ABCDEFGHIJ"], {"ABCDEFGHIJ": 1}, b"ABCDEFGHIJ")
        ],
    ],
)
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


def has_certificate(path: Path) -> bool:
    """Return whether a directory is accepted, or refused because OpenSSL would find no certificate in it."""
    try:
        check_ca(str(path))
    except CertCentralError as error:
        assert error.reason == "invalid_option" and "OpenSSL would find no certificate" in error.message
        return False
    return True


@pytest.mark.parametrize(
    ("files", "is_fine"),
    [
        *(([], False), (["ca.pem"], False)),
        (["ca.pem", "0123abcd.r0", "0123ABCD.0", "0123abcd.1", "0123abcd.0.bak"], False),
        *((["ca.pem", "0123abcd.0"], True), (["0123abcd.0"], True)),
    ],
)
def test_directory_in_which_openssl_finds_nothing_is_refused(tmp_path: Path, files: list[str], is_fine: bool) -> None:
    """Regression: a directory without hash links was accepted, and then no certificate was trusted."""
    for name in files:
        trustme.CA().cert_pem.write_to_path(str(tmp_path / name))
    assert has_certificate(tmp_path) is is_fine


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_hash_link_that_leads_to_nothing_is_refused(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "0123abcd.0").symlink_to("ca.pem")
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    assert not has_certificate(tmp_path)
