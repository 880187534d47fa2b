"""Vietnamese for argparse, whose own words are English: every program of Loa speaks one language to its user."""

import argparse

# All that our commands can show.
WORDS = {
    "usage: ": "Cách dùng: ",
    "positional arguments": "Từ phải có",
    "options": "Lựa chọn",
    "show this help message and exit": "hiện phần này rồi thôi",
    "%(prog)s: error: %(message)s\n": "%(prog)s: %(message)s\n",
    "the following arguments are required: %s": "còn thiếu: %s",
    "unrecognized arguments: %s": "không hiểu: %s",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "không có %(value)r, hãy chọn: %(choices)s",
    "invalid %(type)s value: %(value)r": "giá trị %(value)r không dùng được",
    "expected one argument": "cần một giá trị",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s có thể là %(matches)s",
    "not allowed with argument %s": "không đi cùng %s",
}


def in_vietnamese() -> None:
    """Say it before the first parser is made; saying it again does no harm."""
    vars(argparse)["_"] = lambda text: WORDS.get(text, text)
