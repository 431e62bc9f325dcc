import pytest

from rlmrec.common.endpoints.key import check_address, read_key, without_key
from rlmrec.common.errors import UserError


@pytest.mark.parametrize("key", ["sk-\u2013dash", "sk-\x07bell", "two\nlines"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", key)
    with pytest.raises(UserError, match="SOME_KEY holds characters that no key has") as caught:
        read_key("SOME_KEY", "a.b")
    assert key not in str(caught.value)


def test_a_key_is_read_without_the_line_end_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "sk-0123456789abcdef\n")
    assert read_key("SOME_KEY", "a.b") == "sk-0123456789abcdef"
    assert read_key(None, "a.b") == ""


def test_secrets_are_taken_out_and_stand_ins_are_not() -> None:
    assert without_key(b"no such key: sk-0123456789abcdef", "sk-0123456789abcdef") == b"no such key: [key]"
    assert without_key(b"no such key: sk-short-12", "sk-short-12") == b"no such key: [key]"
    assert without_key(b"a reader of anything", "anything") == b"a reader of anything"
    assert without_key(b"EMPTY list of Bearer EMPTY", "EMPTY") == b"EMPTY list of [key]"
    assert without_key(b"anything", "") == b"anything"


@pytest.mark.parametrize(
    "address", ["", "localhost:8000", "ftp://host/v1", "http://", "http://[bad", "http://a:99999/v1", "http://a b/v1"]
)
def test_what_is_no_address_is_refused_before_any_work(address: str) -> None:
    with pytest.raises(UserError, match=r"llm\.base_url must be an address"):
        check_address(address, "llm.base_url")


@pytest.mark.parametrize("address", ["http://me:word@host/v1", "http://me@host/v1", "http://host/v1?key=word"])
def test_secrets_are_no_part_of_an_address(address: str) -> None:
    with pytest.raises(UserError, match=r"llm\.base_url must hold no name, password or query") as caught:
        check_address(address, "llm.base_url")
    assert "word@" not in str(caught.value) and "=word" not in str(caught.value)


def test_addresses() -> None:
    for address in ("https://api.openai.com/v1", "http://localhost:8000/v1", "http://[::1]:8000/v1"):
        check_address(address, "llm.base_url")
