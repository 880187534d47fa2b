"""What a person reads about the machine from which somebody is signed in."""

import pytest

from loa.people.web.machines import in_words

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (f"Mozilla/5.0 (Windows NT 6.1; Win64; x64) {_WEBKIT} Chrome/109.0.0.0 Safari/537.36", "Chrome trên Windows 7"),
        (f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/120 Safari/537.36 Edg/120", "Edge trên Windows"),
        (
            f"Mozilla/5.0 (Linux; Android 13) {_WEBKIT} Chrome/120 Mobile Safari/537.36",
            "Chrome trên điện thoại Android",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17 Safari/604.1", "Safari trên iPhone"),
        ("curl/8.0", "Máy không rõ loại"),
        ("", "Máy không rõ loại"),
        ("<script>", "Máy không rõ loại"),
    ],
)
def test_in_words(said: str, words: str) -> None:
    assert in_words(said) == words
