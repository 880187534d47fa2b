"""What a page says of a source and of a try, in plain Vietnamese."""

from collections.abc import Mapping, Sequence

from loa.relays.models import RelaySource
from loa.relays.queries import receivable
from loa.relays.rules import FM, LINE, STREAM, ways_of

WAYS: Mapping[str, str] = {FM: "FM", STREAM: "luồng mạng", LINE: "đầu vào âm thanh"}
# The choices of a group, in the order of the page.
ORDERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fm_stream": ("FM trước, mất sóng thì lấy luồng mạng", (FM, STREAM)),
    "fm": ("Chỉ FM, không tốn dung lượng SIM", (FM,)),
    "stream": ("Chỉ luồng mạng (nơi không có sóng FM)", (STREAM,)),
    "line": ("Đầu vào âm thanh của máy trạm", (LINE,)),
}
TRIED: Mapping[str, str] = {
    "ok": "Nghe được.",
    "silent": "Nối được nhưng chỉ có im lặng. Hãy hỏi đài phát xem luồng này có đang phát không.",
    "gone": "Không nối được, hoặc luồng tự ngắt. Hãy xem lại địa chỉ.",
    "stuck": "Nối được nhưng không có tiếng tới. Hãy thử lại sau ít phút.",
    "junk": "Địa chỉ này không phải luồng âm thanh mà máy đọc được.",
    "forbidden": "Địa chỉ này nằm trong mạng riêng nên máy chủ không được đọc. Hãy nhờ quản trị máy chủ cho phép.",
    "missing": "Máy chủ của đài trả lời là không có luồng này.",
}


def received(source: RelaySource) -> str:
    """How it can be received: "FM 102,7 MHz, luồng mạng", "Luồng mạng"."""
    parts = []
    for way in ways_of(receivable(source)):
        parts.append(f"FM {megahertz(source.frequency_khz)} MHz" if way == FM else WAYS[way])
    said = ", ".join(parts)
    return said[:1].upper() + said[1:]


def megahertz(khz: int | None) -> str:
    """102700 -> "102,7"."""
    return f"{(khz or 0) / 1000:g}".replace(".", ",")


def chosen(ways: Sequence[str]) -> str:
    """The key of a group's choice among ORDERS, "" for another order."""
    return next((key for key, (_, order) in ORDERS.items() if order == tuple(ways)), "")
