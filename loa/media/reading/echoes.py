"""What would be said twice, since the words before or behind a short form are in it already: "xã X. Quy Mông"."""

import re

# One word alone is left out only if it names what the short form names again.
_NOUNS = re.compile(
    "số|ban|bộ|sở|phòng|hội|trường|trạm|đường|xã|phường|tỉnh|huyện|thôn|ngày|lớp|tổ|khu|người|giấy|thẻ|biển|viện|đảng|đoàn"
    "|quận|phố|tòa|cục|chi|đội|quỹ|luật|năm|thứ|cấp|đồng",
    re.IGNORECASE,
)
_LAST = re.compile("xã|phường|tỉnh|huyện", re.IGNORECASE)
_NOT_PLACES = ("hợp tác xã", "thị xã")
_LONGEST = 5


def unechoed(text: str, start: int, end: int, spoken: str) -> str:
    """`spoken`, said for `text[start:end]`, without what the text says right beside it."""
    words = spoken.split(" ")
    for many in range(min(len(words) - 1, _LONGEST), 0, -1):
        if _ends_with(text[:start][-60:], words[:many]) and (many > 1 or _NOUNS.fullmatch(words[0])):
            words = words[many:]
            break
    for many in range(min(len(words) - 1, _LONGEST), 0, -1):
        if spoken.endswith(_NOT_PLACES) and many == 1:
            break
        if _begins_with(text[end : end + 60], words[-many:]) and (many > 1 or _LAST.fullmatch(words[-1])):
            words = words[:-many]
            break
    return " ".join(words)


def _ends_with(head: str, words: list[str]) -> bool:
    beside = re.search(rf"(?:^|[^\w]){re.escape(' '.join(words))} $", head, re.IGNORECASE)
    return beside is not None


def _begins_with(tail: str, words: list[str]) -> bool:
    return re.match(rf" {re.escape(' '.join(words))}(?!\w)", tail, re.IGNORECASE) is not None
